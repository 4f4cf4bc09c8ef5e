internal import EventTypes
internal import JSON

/// Between payloads and domain events.
enum EventCoding {
    static func decode<Event: DomainEvent>(
        _ type: EventType, _ payload: [UInt8], _ fact: (any EventPayload)? = nil,
        in stream: StreamID
    ) throws -> Event {
        for form in Event.forms where form.type == type {
            return try form.decode(JSONPayload(bytes: payload, fact: fact))
        }
        throw EventStoreError.unknownEvent(type, in: stream)
    }
}

/// A payload in the form in which logs keep it, or as it was before it was written there.
private struct JSONPayload: PayloadDecoder {
    let bytes: [UInt8]
    let fact: (any EventPayload)?

    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload {
        if let fact = fact as? Payload { return fact }
        return try JSON.decode(type, from: bytes)
    }
}
