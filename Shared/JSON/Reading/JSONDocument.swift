/// A text and its tape: one node a value or name, in the order of the text.
final class JSONDocument {
    struct Node {
        enum Kind: UInt8 { case null, yes, no, integer, number, string, array, object }

        let kind: Kind
        /// Strings: whether a backslash occurs.
        var isEscaped = false
        /// Of the content in the text; strings without their quotes.
        let start: Int32
        var end: Int32
        /// The index of the node after this one and all within it.
        var next: Int32
        /// Elements or members.
        var count: Int32 = 0
    }

    /// The caller's, valid while it reads.
    private let bytes: UnsafeBufferPointer<UInt8>
    let tape: [Node]
    /// The value last asked for, for errors that do not say where they happened.
    var current = 0
    /// Where the next member of an object is looked for first; of those that are read as a whole.
    private var places: [Int: Int] = [:]

    init(
        parsing bytes: UnsafeBufferPointer<UInt8>, limits: JSON.Limits
    ) throws(JSONError) {
        self.bytes = bytes
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                .malformed, pointer: "", message: "The text is longer than \(limits.bytes) bytes.")
        }
        var parser = JSONParser(bytes, depthLimit: limits.depth)
        tape = try parser.parse()
    }

    // MARK: Values

    func string(_ index: Int) -> String {
        let node = tape[index]
        if node.isEscaped { return JSONParser.unescape(bytes, Int(node.start), Int(node.end)) }
        return String(decoding: bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    /// The bytes of a string that has no escapes, where they stand; nil for other values.
    func plainText(_ index: Int) -> UnsafeRawBufferPointer? {
        let node = tape[index]
        guard node.kind == .string, !node.isEscaped else { return nil }
        return UnsafeRawBufferPointer(
            UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)]))
    }

    func double(_ index: Int) -> Double? {
        Double(string(index))
    }

    /// The exact integer; nil when it does not fit or is not one.
    func integer<Value: FixedWidthInteger>(_ index: Int) -> Value? {
        let node = tape[index]
        guard node.kind == .integer else { return nil }
        var at = Int(node.start)
        let end = Int(node.end)
        let isNegative = bytes[at] == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var value: Value = 0
        while at < end {
            let digit = Value(truncatingIfNeeded: bytes[at] &- 48)
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? product.subtractingReportingOverflow(digit)
                : product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
            at += 1
        }
        return value
    }

    /// The value of a member; nil when there is none.
    func member(_ name: String, of index: Int) -> Int? {
        let object = tape[index]
        guard object.kind == .object else { return nil }
        let start = places.isEmpty ? index + 1 : places[index] ?? index + 1
        let end = Int(object.next)
        var name = name
        let found: Int? = name.withUTF8 { wanted in
            tape.withUnsafeBufferPointer { tape in
                var at = start
                for _ in 0..<object.count {
                    if at == end { at = index + 1 }
                    if Self.isEqual(bytes, tape[at], wanted) { return at + 1 }
                    at = Int(tape[at + 1].next)
                }
                return nil
            }
        }
        if !places.isEmpty, let found, places[index] != nil {
            places[index] = Int(tape[found].next)
        }
        return found
    }

    /// The names of an object, which will be asked for one by one in this order: each search begins
    /// behind the one before it.
    func names(of index: Int) -> [String] {
        places[index] = index + 1
        var names: [String] = []
        var at = index + 1
        for _ in 0..<tape[index].count {
            names.append(string(at))
            at = Int(tape[at + 1].next)
        }
        return names
    }

    @inline(__always)
    private static func isEqual(
        _ buffer: UnsafeBufferPointer<UInt8>, _ key: Node, _ wanted: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if key.isEscaped {
            return JSONParser.unescape(buffer, Int(key.start), Int(key.end))
                .utf8.elementsEqual(wanted)
        }
        let start = Int(key.start)
        guard Int(key.end) - start == wanted.count else { return false }
        for offset in 0..<wanted.count where buffer[start + offset] != wanted[offset] {
            return false
        }
        return true
    }

    // MARK: Where a value is

    /// The pointer to a value, found by walking from the root: only faults pay for it.
    func pointer(to target: Int) -> String {
        var path = ""
        var index = 0
        while index != target {
            let node = tape[index]
            var at = index + 1
            var step = 0
            while step < node.count {
                let value = node.kind == .object ? at + 1 : at
                if target < Int(tape[value].next) {
                    path += JSONPointer.step(node.kind == .object ? string(at) : String(step))
                    index = value
                    break
                }
                at = Int(tape[value].next)
                step += 1
            }
            if step == node.count { return path }
        }
        return path
    }

    func decodeRoot<T: Decodable>(_ type: T.Type) throws(JSONError) -> T {
        do {
            return try JSONValueDecoder(self, 0).unwrap(type)
        } catch let error as JSONError {
            throw error
        } catch let error as DecodingError {
            throw describe(error)
        } catch {
            throw JSONError(
                .mismatch, pointer: pointer(to: current), message: "Not a valid value: \(error).")
        }
    }

    private func describe(_ error: DecodingError) -> JSONError {
        switch error {
        case .keyNotFound(let key, let context):
            JSONError(
                .mismatch, pointer: pointer(context.codingPath) + JSONPointer.step(key.stringValue),
                message: "This member is required.")
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            JSONError(
                .mismatch, pointer: pointer(context.codingPath),
                message: Self.sentence(context.debugDescription))
        @unknown default:
            JSONError(.mismatch, pointer: "", message: "Not the value that was asked for.")
        }
    }

    private func pointer(_ path: [any CodingKey]) -> String {
        var path = path[...]
        var text = ""
        if let place = path.first as? TapeKey {
            text = pointer(to: place.index)
            path = path.dropFirst()
        }
        for key in path {
            text += JSONPointer.step(key.intValue.map(String.init) ?? key.stringValue)
        }
        return text
    }

    private static func sentence(_ text: String) -> String {
        guard let first = text.first else { return "Not the value that was asked for." }
        let ended = text.last == "." ? text : text + "."
        return first.uppercased() + ended.dropFirst()
    }
}

/// A place on the tape, in the shape of a coding path.
struct TapeKey: CodingKey {
    let index: Int
    init(_ index: Int) { self.index = index }
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
    var stringValue: String { "#\(index)" }
    var intValue: Int? { nil }
}
