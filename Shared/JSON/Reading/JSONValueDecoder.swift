internal import EventTypes

/// One value of a document, as `Codable` reads it.
struct JSONValueDecoder: Decoder, SingleValueDecodingContainer {
    let document: JSONDocument
    let index: Int

    init(_ document: JSONDocument, _ index: Int) {
        self.document = document
        self.index = index
    }

    var codingPath: [any CodingKey] { [TapeKey(index)] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private var kind: JSONDocument.Node.Kind { document.tape[index].kind }

    /// Decodes the value, taking short ways for the types that JSON knows.
    @inline(__always)
    func unwrap<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self { return JSONValue(document, index) as! T }
        document.current = index
        if type == Timestamp.self, let time = plain(Timestamp.init(utf8:)) {
            return unsafeBitCast(time, to: type)
        }
        if type == IdentifierBits.self, let bits = plain(IdentifierBits.init(utf8:)) {
            return unsafeBitCast(bits, to: type)
        }
        // Which also says what is wrong with a value that was not taken on a short way.
        return try T(from: self)
    }

    /// What `read` makes of the bytes of a string without escapes; nil for other values.
    private func plain<Value>(_ read: (UnsafeRawBufferPointer) -> Value?) -> Value? {
        document.plainText(index).flatMap(read)
    }

    func mismatch(_ expected: String) -> DecodingError {
        let found =
            switch kind {
            case .null: "null"
            case .yes, .no: "a boolean"
            case .integer, .number: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        return .typeMismatch(
            JSONValue.self,
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(found)"))
    }

    // MARK: Containers

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard kind == .object else { throw mismatch("an object") }
        return KeyedDecodingContainer(JSONObjectDecoder<Key>(document, index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard kind == .array else { throw mismatch("an array") }
        return JSONArrayDecoder(document, index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    // MARK: Single values

    func decodeNil() -> Bool { kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch kind {
        case .yes: true
        case .no: false
        default: throw mismatch("a boolean")
        }
    }

    func decode(_ type: String.Type) throws -> String {
        guard kind == .string else { throw mismatch("a string") }
        return document.string(index)
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard kind == .integer || kind == .number, let value = document.double(index) else {
            throw mismatch("a number")
        }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    @inline(__always)
    func integer<Value: FixedWidthInteger>() throws -> Value {
        guard kind == .integer else { throw mismatch("an integer") }
        guard let value: Value = document.integer(index) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription: "beyond \(Value.min) to \(Value.max)"))
        }
        return value
    }

    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try unwrap(type) }
}

/// The members of an object.
struct JSONObjectDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let document: JSONDocument
    private let index: Int

    init(_ document: JSONDocument, _ index: Int) {
        self.document = document
        self.index = index
    }

    var codingPath: [any CodingKey] { [TapeKey(index)] }

    var allKeys: [Key] { document.names(of: index).compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { document.member(key.stringValue, of: index) != nil }

    @inline(__always)
    private func value(_ key: Key) throws -> JSONValueDecoder {
        guard let member = document.member(key.stringValue, of: index) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return JSONValueDecoder(document, member)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try value(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try value(key).decode(type)
    }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).integer() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try value(key).unwrap(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try value(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { JSONValueDecoder(document, index) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}

/// The elements of an array.
struct JSONArrayDecoder: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let index: Int
    private var at: Int
    private(set) var currentIndex = 0

    init(_ document: JSONDocument, _ index: Int) {
        self.document = document
        self.index = index
        at = index + 1
    }

    var codingPath: [any CodingKey] { [TapeKey(index)] }
    var count: Int? { Int(document.tape[index].count) }
    var isAtEnd: Bool { currentIndex >= Int(document.tape[index].count) }

    private mutating func take() throws -> JSONValueDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                JSONValue.self, .init(codingPath: codingPath, debugDescription: "too few elements"))
        }
        let value = JSONValueDecoder(document, at)
        at = Int(document.tape[at].next)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, document.tape[at].kind == .null else { return false }
        _ = try take()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try take().unwrap(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try take().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try take() }
}
