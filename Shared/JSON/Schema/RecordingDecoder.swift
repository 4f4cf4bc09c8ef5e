/// Answers whatever it is asked for with made-up values, and notes the question.
struct RecordingDecoder: Decoder, SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    let note: SchemaNote

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        note.kind = .object
        return KeyedDecodingContainer(RecordingObject(recorder: recorder, note: note))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        note.kind = .array
        return RecordingArray(recorder: recorder, note: note)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if note.kind == .nothing { note.kind = .single }
        let visit = recorder.visit(type)
        note.set(visit.schema)
        return try visit.value.required()
    }
}

private struct RecordingObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    let note: SchemaNote

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    /// Whoever asks this can do without the value.
    func decodeNil(forKey key: Key) throws -> Bool {
        note.dispensable = key.stringValue
        return false
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let visit = recorder.visit(type)
        let isRequired = note.dispensable != key.stringValue
        note.add(
            key.stringValue, isRequired ? visit.schema : recorder.optional(visit.schema),
            isRequired: isRequired)
        return try visit.value.required()
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let visit = recorder.visit(type)
        note.add(key.stringValue, recorder.optional(visit.schema), isRequired: false)
        return visit.value
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        let inner = SchemaNote()
        inner.kind = .object
        note.add(key.stringValue, ["type": "object"], isRequired: true)
        return KeyedDecodingContainer(RecordingObject<Nested>(recorder: recorder, note: inner))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        note.add(key.stringValue, ["type": "array"], isRequired: true)
        return RecordingArray(recorder: recorder, note: SchemaNote())
    }

    func superDecoder() throws -> any Decoder {
        RecordingDecoder(recorder: recorder, note: SchemaNote())
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

/// An array that says it is empty: what it would hold is not known.
private struct RecordingArray: UnkeyedDecodingContainer {
    let recorder: SchemaRecorder
    let note: SchemaNote

    var codingPath: [any CodingKey] { [] }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    func decodeNil() throws -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let visit = recorder.visit(type)
        note.set(visit.schema)
        return try visit.value.required()
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(RecordingObject<Nested>(recorder: recorder, note: SchemaNote()))
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { self }

    func superDecoder() throws -> any Decoder {
        RecordingDecoder(recorder: recorder, note: SchemaNote())
    }
}

extension Optional {
    /// The value.
    ///
    /// - Throws: `DecodingError` when there is none.
    fileprivate func required() throws -> Wrapped {
        guard let self else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "no value could be made up"))
        }
        return self
    }
}
