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
        _ type: EventType, _ payload: UnsafeRawBufferPointer, in stream: StreamID
    ) throws -> Event {
        try form(of: type, in: stream).decode(JSONPayload(bytes: payload))
    }

    /// - Parameter payload: stands for `fact` where that is of another type.
    static func decode<Event: DomainEvent>(
        _ type: EventType, _ fact: any EventPayload, _ payload: [UInt8], in stream: StreamID
    ) throws -> Event {
        try form(of: type, in: stream).decode(KnownPayload(fact: fact, bytes: payload))
    }

    private static func form<Event: DomainEvent>(
        of type: EventType, in stream: StreamID
    ) throws -> EventForm<Event> {
        for form in Event.forms where form.type == type { return form }
        throw EventStoreError.unknownEvent(type, in: stream)
    }
}

/// A payload in the form in which logs keep it. Small, so that it is passed on without a place on
/// the heap.
private struct JSONPayload: PayloadDecoder {
    let bytes: UnsafeRawBufferPointer

    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload {
        try JSON.decode(type, from: bytes)
    }
}

/// A payload as it was before it was written to the log.
private struct KnownPayload: PayloadDecoder {
    let fact: any EventPayload
    let bytes: [UInt8]

    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload {
        if let fact = fact as? Payload { return fact }
        return try JSON.decode(type, from: bytes)
    }
}
