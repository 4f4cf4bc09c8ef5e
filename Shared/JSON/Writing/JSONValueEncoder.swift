/// The place for one value, as `Codable` writes it.
struct JSONValueEncoder: Encoder, SingleValueEncodingContainer {
    private let writer: JSONWriter
    private let depth: Int

    init(_ writer: JSONWriter, _ depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        writer.open(isObject: true, at: depth)
        return KeyedEncodingContainer(JSONObjectEncoder<Key>(writer, depth + 1))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        writer.open(isObject: false, at: depth)
        return JSONArrayEncoder(writer, depth + 1)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { writer.writeNull() }
    func encode(_ value: Bool) { writer.write(value) }
    func encode(_ value: String) { writer.write(value) }
    func encode(_ value: Double) throws { try writer.write(value) }
    func encode(_ value: Float) throws { try writer.write(Double(value)) }
    func encode(_ value: Int) { writer.writeInteger(value) }
    func encode(_ value: Int8) { writer.writeInteger(value) }
    func encode(_ value: Int16) { writer.writeInteger(value) }
    func encode(_ value: Int32) { writer.writeInteger(value) }
    func encode(_ value: Int64) { writer.writeInteger(value) }
    func encode(_ value: UInt) { writer.writeInteger(value) }
    func encode(_ value: UInt8) { writer.writeInteger(value) }
    func encode(_ value: UInt16) { writer.writeInteger(value) }
    func encode(_ value: UInt32) { writer.writeInteger(value) }
    func encode(_ value: UInt64) { writer.writeInteger(value) }
    func encode<T: Encodable>(_ value: T) throws { try writer.encode(value) }
}

/// An open object; `depth` counts the containers open with it.
struct JSONObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    private let writer: JSONWriter
    private let depth: Int

    init(_ writer: JSONWriter, _ depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    var codingPath: [any CodingKey] { [] }

    @inline(__always)
    private func name(_ key: Key) { writer.name(key.stringValue, of: depth) }

    func encodeNil(forKey key: Key) {
        name(key)
        writer.writeNull()
    }
    func encode(_ value: Bool, forKey key: Key) {
        name(key)
        writer.write(value)
    }
    func encode(_ value: String, forKey key: Key) {
        name(key)
        writer.write(value)
    }
    func encode(_ value: Double, forKey key: Key) throws {
        name(key)
        try writer.write(value)
    }
    func encode(_ value: Int, forKey key: Key) {
        name(key)
        writer.writeInteger(value)
    }
    func encode(_ value: Int64, forKey key: Key) {
        name(key)
        writer.writeInteger(value)
    }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        name(key)
        try writer.encode(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        name(key)
        return JSONValueEncoder(writer, depth).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        name(key)
        return JSONValueEncoder(writer, depth).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        writer.name("super", of: depth)
        return JSONValueEncoder(writer, depth)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        name(key)
        return JSONValueEncoder(writer, depth)
    }
}

/// An open array; `depth` counts the containers open with it.
struct JSONArrayEncoder: UnkeyedEncodingContainer {
    private let writer: JSONWriter
    private let depth: Int
    private(set) var count = 0

    init(_ writer: JSONWriter, _ depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    var codingPath: [any CodingKey] { [] }

    private mutating func element() {
        writer.element(of: depth)
        count += 1
    }

    mutating func encodeNil() {
        element()
        writer.writeNull()
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        element()
        try writer.encode(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        element()
        return JSONValueEncoder(writer, depth).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        element()
        return JSONValueEncoder(writer, depth).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        element()
        return JSONValueEncoder(writer, depth)
    }
}
