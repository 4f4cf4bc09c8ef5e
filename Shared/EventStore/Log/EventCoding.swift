internal import EventTypes
internal import JSON

/// Between payloads and domain events.
enum EventCoding {
    static func decode<Event: DomainEvent>(
        _ type: EventType, _ payload: [UInt8], in stream: StreamID
    ) throws -> Event {
        for form in Event.forms where form.type == type {
            return try form.decode(JSONPayload(bytes: payload))
        }
        throw EventStoreError.unknownEvent(type, in: stream)
    }
}

/// A payload in the form in which logs keep it.
private struct JSONPayload: PayloadDecoder {
    let bytes: [UInt8]

    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload {
        try JSON.decode(type, from: bytes)
    }
}
