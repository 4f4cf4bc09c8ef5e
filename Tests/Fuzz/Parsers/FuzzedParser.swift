/// The parsers that read what strangers send, each behind one function that takes any bytes.
package enum FuzzedParser: String, CaseIterable, Sendable {
    case http, websocket, json, csv, markdown, token, postback

    /// The most bytes of one input.
    package static let inputLimit = 4_096

    /// Reads the input in every way the parser can be asked to.
    ///
    /// - Returns: the promise that was broken; nil when all held.
    package func brokenPromise(_ input: [UInt8]) -> String? {
        do throws(BrokenPromise) {
            switch self {
            case .http: try HTTPTarget.read(input)
            case .websocket: try WebSocketTarget.read(input)
            case .json: try JSONTarget.read(input)
            case .csv: try CSVTarget.read(input)
            case .markdown: try MarkdownTarget.read(input)
            case .token: try TokenTarget.read(input)
            case .postback: try PostbackTarget.read(input)
            }
            return nil
        } catch {
            return error.promise
        }
    }
}

/// Something that a parser promises for every input, and did not keep for this one.
struct BrokenPromise: Error {
    let promise: String

    static func check(_ isKept: Bool, _ promise: @autoclosure () -> String) throws(BrokenPromise) {
        if !isKept { throw BrokenPromise(promise: promise()) }
    }
}

/// Bytes in pieces, as a network delivers them.
enum Pieces {
    /// One piece; single bytes; pieces of sizes that repeat.
    static func ways(of bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        [[bytes[...]], split(bytes, [1]), split(bytes, [7, 2, 31])]
    }

    static func split(_ bytes: [UInt8], _ sizes: [Int]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + sizes[pieces.count % sizes.count])
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}
