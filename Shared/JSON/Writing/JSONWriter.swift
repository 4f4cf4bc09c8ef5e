/// The text as it grows, and which containers are open in it.
///
/// `Codable` never says when a container ends. Containers nest, though: when an outer one writes
/// again, or the value that opened it has been encoded, everything opened within it is over.
final class JSONWriter {
    private struct Frame {
        let isObject: Bool
        var isEmpty = true
    }

    private(set) var bytes: [UInt8] = []
    private var frames: [Frame] = []

    init() { bytes.reserveCapacity(512) }

    var depth: Int { frames.count }

    // MARK: Containers

    /// Opens a container at `depth`, or continues the one that is open there.
    func open(isObject: Bool, at depth: Int) {
        if frames.count > depth {
            close(downTo: depth + 1)
            precondition(frames[depth].isObject == isObject, "one value cannot be two containers")
            return
        }
        bytes.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        frames.append(Frame(isObject: isObject))
    }

    func close(downTo depth: Int) {
        while frames.count > depth {
            let frame = frames.removeLast()
            bytes.append(frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        }
    }

    /// Gets ready for the next element of the array that is open as the `depth`-th container.
    @inline(__always)
    func element(of depth: Int) {
        close(downTo: depth)
        if !frames[depth - 1].isEmpty { bytes.append(UInt8(ascii: ",")) }
        frames[depth - 1].isEmpty = false
    }

    @inline(__always)
    func name(_ name: String, of depth: Int) {
        element(of: depth)
        write(name)
        bytes.append(UInt8(ascii: ":"))
    }

    // MARK: Values

    /// Encodes a value where the text stands now.
    func encode<T: Encodable>(_ value: T) throws {
        if T.self == String.self, let text = value as? String { return write(text) }
        if T.self is any StringKeyed.Type, let members = (value as? any StringKeyed)?.ordered {
            return try write(members)
        }
        let depth = frames.count
        let count = bytes.count
        try value.encode(to: JSONValueEncoder(self, depth))
        close(downTo: depth)
        if bytes.count == count { bytes.append(contentsOf: "{}".utf8) }
    }

    private func write(_ members: [(name: String, value: any Encodable)]) throws {
        let depth = frames.count
        open(isObject: true, at: depth)
        for member in members {
            name(member.name, of: depth + 1)
            try encode(member.value)
        }
        close(downTo: depth)
    }

    func writeNull() { bytes.append(contentsOf: "null".utf8) }
    func write(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }

    func writeInteger<Value: FixedWidthInteger>(_ value: Value) {
        bytes.append(contentsOf: value.description.utf8)
    }

    func write(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "JSON has no such number"))
        }
        bytes.append(contentsOf: value.description.utf8)
    }

    func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var copied = 0
            for (at, byte) in utf8.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: utf8[copied..<at])
                escape(byte)
                copied = at + 1
            }
            bytes.append(contentsOf: utf8[copied...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}

/// A dictionary, whose own order differs from one to the next: its members are written by name, so
/// that the same value is the same text.
private protocol StringKeyed {
    var ordered: [(name: String, value: any Encodable)] { get }
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
    fileprivate var ordered: [(name: String, value: any Encodable)] {
        sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
