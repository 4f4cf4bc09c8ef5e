public import EventTypes
internal import JSON

/// One event as it stands in a log, lifted to the newest version of its type.
public struct RecordedEvent: Sendable {
    /// Its place in the log: 1, 2, 3, … without holes, in the order of commits.
    public let position: Int64
    public let stream: StreamID
    /// Its place in its stream: 1, 2, 3, … without holes.
    public let version: Int64
    public let type: EventType
    public let id: EventID
    /// By the database's clock; does not decrease with `position`.
    public let recordedAt: Timestamp
    /// JSON in UTF-8.
    public let payload: [UInt8]
    private let source: MetadataSource
    /// What `payload` says, where this process wrote it a moment ago.
    private let fact: (any EventPayload)?

    /// Few readers look at the metadata, so it is decoded for those.
    enum MetadataSource: Sendable {
        case decoded(EventMetadata)
        case text([UInt8])
    }

    public init(
        position: Int64, stream: StreamID, version: Int64, type: EventType, id: EventID,
        recordedAt: Timestamp, payload: [UInt8], metadata: EventMetadata
    ) {
        self.init(
            position: position, stream: stream, version: version, type: type, id: id,
            recordedAt: recordedAt, payload: payload, source: .decoded(metadata))
    }

    init(
        position: Int64, stream: StreamID, version: Int64, type: EventType, id: EventID,
        recordedAt: Timestamp, payload: [UInt8], source: MetadataSource,
        fact: (any EventPayload)? = nil
    ) {
        self.position = position
        self.stream = stream
        self.version = version
        self.type = type
        self.id = id
        self.recordedAt = recordedAt
        self.payload = payload
        self.source = source
        self.fact = fact
    }

    /// Where it comes from. The event's own identifier serves as the correlation of an event whose
    /// metadata cannot be read.
    public var metadata: EventMetadata {
        switch source {
        case .decoded(let metadata): metadata
        case .text(let text):
            (try? EventMetadata(text: text))
                ?? EventMetadata(correlationID: CorrelationID(id))
        }
    }

    /// The same event with its payload lifted.
    func lifted(by upcasters: UpcasterChain) throws -> RecordedEvent {
        if upcasters.isEmpty { return self }
        let (type, payload) = try upcasters.lift(type, payload)
        return RecordedEvent(
            position: position, stream: stream, version: version, type: type, id: id,
            recordedAt: recordedAt, payload: payload, source: source)
    }

    /// The event as a case of its kind of stream.
    ///
    /// - Throws: `EventStoreError.unknownEvent` when `Event` has no such type, or `JSONError`.
    public func decode<Event: DomainEvent>(_: Event.Type) throws -> Event {
        try EventCoding.decode(type, payload, fact, in: stream)
    }

    /// The event's payload when it is of type `Payload`, nil when it is another.
    ///
    /// - Throws: `JSONError` when the payload does not fit its type.
    public func payload<Payload: EventPayload>(_: Payload.Type) throws -> Payload? {
        if let fact = fact as? Payload { return fact }
        guard type == Payload.eventType else { return nil }
        return try JSON.decode(Payload.self, from: payload)
    }
}
