internal import Foundation

/// A message that every server must refuse, as a file in `Tests/HTTP/Hostile` tells it.
public struct HostileRequest: Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let name: String
    /// The status that it is refused with.
    public let status: Int
    /// As it goes over the wire.
    public let bytes: [UInt8]

    public var description: String { name }

    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests/HTTP/Hostile")

    /// The files' names.
    public static let topics: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }()

    /// The messages of one file, in its order.
    ///
    /// - Throws: when the file cannot be read; what a line of it breaks.
    public static func all(of topic: String) throws -> [HostileRequest] {
        let text = try String(
            contentsOf: folder.appending(path: "\(topic).txt"), encoding: .utf8)
        return try text.components(separatedBy: "\n== ").map { part in
            var lines = part.components(separatedBy: "\n")
            let title = lines.removeFirst().replacing("== ", with: "").split(
                separator: " ", maxSplits: 1)
            // What stands before the next title, or the end of the file, is no line.
            if part.hasSuffix("\n"), text.hasSuffix(part) { lines.removeLast() }
            guard title.count == 2, let status = Int(title[0]) else {
                throw HostileRequestError(description: "\(topic): no title: \(title)")
            }
            return HostileRequest(
                name: "\(topic): \(title[1])", status: status, bytes: try lines.flatMap(bytes))
        }
    }

    /// A line with its end, or without where it says so.
    private static func bytes(of line: String) throws -> [UInt8] {
        let isOpen = line.hasSuffix(#"\"#) && !line.hasSuffix(#"\\"#)
        var rest = Array((isOpen ? String(line.dropLast()) : line).utf8)[...]
        return try bytes(of: &rest, until: nil) + (isOpen ? [] : [0x0D, 0x0A])
    }

    private static func bytes(
        of rest: inout ArraySlice<UInt8>, until end: UInt8?
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == end { return bytes }
            guard byte == UInt8(ascii: #"\"#) else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "0"): bytes.append(0)
            case UInt8(ascii: #"\"#): bytes.append(UInt8(ascii: #"\"#))
            case UInt8(ascii: "x"): bytes.append(try hexadecimal(&rest))
            case UInt8(ascii: "{"):
                let count = Int(String(decoding: rest.prefix { $0 != 0x7C }, as: UTF8.self)) ?? 0
                rest = rest.drop { $0 != 0x7C }.dropFirst()
                let part = try Self.bytes(of: &rest, until: UInt8(ascii: "}"))
                for _ in 0..<count { bytes += part }
            default: throw HostileRequestError(description: "there is no such escape")
            }
        }
        return bytes
    }

    private static func hexadecimal(_ rest: inout ArraySlice<UInt8>) throws -> UInt8 {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        rest = rest.dropFirst(2)
        guard let byte = UInt8(digits, radix: 16) else {
            throw HostileRequestError(description: "\(digits) is not hexadecimal")
        }
        return byte
    }
}

/// Why a file of hostile requests cannot be read.
struct HostileRequestError: Error, CustomStringConvertible {
    let description: String
}
