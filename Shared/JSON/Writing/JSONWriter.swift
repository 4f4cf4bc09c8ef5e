internal import EventTypes

/// Writes values one after the other into one text.
///
/// `Codable` never says when a container ends. Containers nest, though: when an outer one writes
/// again, or the value that opened it has been encoded, everything opened within it is over.
final class JSONWriter {
    private var text = JSONText()
    /// The last type that was found to be no dictionary.
    private var lastOther: ObjectIdentifier?

    var bytes: [UInt8] { text.bytes }
    var depth: Int { text.depth }

    func open(isObject: Bool, at depth: Int) { text.open(isObject: isObject, at: depth) }
    func element(of depth: Int) { text.element(of: depth) }
    func name(_ name: String, of depth: Int) { text.name(name, of: depth) }

    /// Encodes a value where the text stands now.
    func encode<T: Encodable>(_ value: T) throws {
        if T.self == String.self { return write(unsafeBitCast(value, to: String.self)) }
        if T.self == IdentifierBits.self {
            let bits = unsafeBitCast(value, to: IdentifierBits.self)
            return text.append(quotedUpTo: IdentifierBits.count) { bits.write(to: $0) }
        }
        if T.self == Timestamp.self {
            let time = unsafeBitCast(value, to: Timestamp.self)
            return text.append(quotedUpTo: Timestamp.longestCount) { time.write(to: $0) }
        }
        if let members = members(of: value) { return try write(members) }
        let depth = text.depth
        let count = text.bytes.count
        try value.encode(to: JSONValueEncoder(self, depth))
        text.close(downTo: depth)
        if text.bytes.count == count { text.append("{}") }
    }

    /// What a dictionary holds; nil for what is none. To find that out takes longer than to write a
    /// number, but most types are of another size, and the next value is often of the same type.
    private func members<T: Encodable>(of value: T) -> [(name: String, value: any Encodable)]? {
        guard MemoryLayout<T>.size == MemoryLayout<[String: Int]>.size else { return nil }
        let type = ObjectIdentifier(T.self)
        if type == lastOther { return nil }
        guard T.self is any StringKeyed.Type else {
            lastOther = type
            return nil
        }
        return (value as? any StringKeyed)?.ordered
    }

    private func write(_ members: [(name: String, value: any Encodable)]) throws {
        let depth = text.depth
        text.open(isObject: true, at: depth)
        for member in members {
            text.name(member.name, of: depth + 1)
            try encode(member.value)
        }
        text.close(downTo: depth)
    }

    func writeNull() { text.append("null") }
    func write(_ value: Bool) { text.append(value ? "true" : "false") }
    func write(_ value: String) { text.append(quoted: value) }

    func writeInteger<Value: FixedWidthInteger>(_ value: Value) { text.append(value.description) }

    func write(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "JSON has no such number"))
        }
        text.append(value.description)
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
