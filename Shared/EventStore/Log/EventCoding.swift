internal import EventTypes
internal import JSON

/// Between payloads and domain events.
enum EventCoding {
    static func decode<Event: DomainEvent>(
        _ type: EventType, _ payload: [UInt8], in stream: StreamID
    ) throws -> Event {
        try payload.withUnsafeBytes { try decode(type, $0, in: stream) }
    }

    /// - Parameter payload: is not kept.
    static func decode<Event: DomainEvent>(
        _ type: EventType, _ payload: UnsafeRawBufferPointer, _ fact: (any EventPayload)? = nil,
        in stream: StreamID
    ) throws -> Event {
        let forms = Event.forms
        // By number: a form is not cheap to copy.
        for index in 0..<forms.count where forms[index].type == type {
            return try forms[index].decode(JSONPayload(bytes: payload, fact: fact))
        }
        throw EventStoreError.unknownEvent(type, in: stream)
    }
}

/// A payload in the form in which logs keep it, or as it was before it was written there.
private struct JSONPayload: PayloadDecoder {
    let bytes: UnsafeRawBufferPointer
    let fact: (any EventPayload)?

    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload {
        if let fact = fact as? Payload { return fact }
        return try JSON.decode(type, from: bytes)
    }
}
