internal import Database
public import EventTypes
internal import JSON

/// One event as it stands in a log, lifted to the newest version of its type. Cheap to copy. While
/// it is kept, so is the page of the log that it was read with.
public struct RecordedEvent: Sendable {
    /// Made once for each event, where the struct is copied many times.
    private final class Content: Sendable {
        let position: Int64
        let stream: StreamID
        let version: Int64
        let type: EventType
        let id: EventID
        let recordedAt: Timestamp
        let source: Source

        init(
            _ position: Int64, _ stream: StreamID, _ version: Int64, _ type: EventType,
            _ id: EventID, _ recordedAt: Timestamp, _ source: Source
        ) {
            self.position = position
            self.stream = stream
            self.version = version
            self.type = type
            self.id = id
            self.recordedAt = recordedAt
            self.source = source
        }
    }

    /// Payload and metadata.
    private enum Source: Sendable {
        /// `fact` is what `payload` says, where this process wrote it a moment ago.
        case kept(payload: [UInt8], MetadataSource, fact: (any EventPayload)?)
        /// Where they were read, in the columns of `PostgresEventStore.columns`.
        case row(Row)
    }

    /// Few readers look at the metadata, so it is decoded for those.
    enum MetadataSource: Sendable {
        case decoded(EventMetadata)
        case text([UInt8])
        case row(Row)
    }

    private let content: Content

    /// Its place in the log: 1, 2, 3, … without holes, in the order of commits.
    public var position: Int64 { content.position }
    public var stream: StreamID { content.stream }
    /// Its place in its stream: 1, 2, 3, … without holes.
    public var version: Int64 { content.version }
    public var type: EventType { content.type }
    public var id: EventID { content.id }
    /// By the database's clock; does not decrease with `position`.
    public var recordedAt: Timestamp { content.recordedAt }

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
        content = Content(
            position, stream, version, type, id, recordedAt,
            .kept(payload: payload, source, fact: fact))
    }

    /// The event of a row of `PostgresEventStore.columns`.
    init(_ row: Row) throws {
        content = Content(
            try row.get(0), try row.get(1), try row.get(2),
            EventType(try row.get(3), version: try row.get(4)), try row.get(5), try row.get(6),
            .row(row))
    }

    private static let payloadColumn = 7
    private static let metadataColumn = 8

    /// JSON in UTF-8; a copy of what was read.
    public var payload: [UInt8] {
        switch content.source {
        case .kept(let payload, _, _): payload
        case .row(let row): (try? row.get(Self.payloadColumn)) ?? []
        }
    }

    private var fact: (any EventPayload)? {
        if case .kept(_, _, let fact) = content.source { fact } else { nil }
    }

    private func withPayload<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        switch content.source {
        case .kept(let payload, _, _): try payload.withUnsafeBytes(body)
        case .row(let row): try row.withBytes(Self.payloadColumn, body)
        }
    }

    private var metadataSource: MetadataSource {
        switch content.source {
        case .kept(_, let metadata, _): metadata
        case .row(let row): .row(row)
        }
    }

    /// Where it comes from. The event's own identifier serves as the correlation of an event whose
    /// metadata cannot be read.
    public var metadata: EventMetadata {
        let metadata: EventMetadata? =
            switch metadataSource {
            case .decoded(let metadata): metadata
            case .text(let text): try? text.withUnsafeBytes { try EventMetadata(text: $0) }
            case .row(let row):
                try? row.withBytes(Self.metadataColumn) { try EventMetadata(text: $0) }
            }
        return metadata ?? EventMetadata(correlationID: CorrelationID(id))
    }

    /// The same event with its payload lifted.
    func lifted(by upcasters: UpcasterChain) throws -> RecordedEvent {
        if !upcasters.lifts(type) { return self }
        let (type, payload) = try upcasters.lift(type, payload)
        return RecordedEvent(
            position: position, stream: stream, version: version, type: type, id: id,
            recordedAt: recordedAt, payload: payload, source: metadataSource)
    }

    /// The event as a case of its kind of stream.
    ///
    /// - Throws: `EventStoreError.unknownEvent` when `Event` has no such type, or `JSONError`.
    public func decode<Event: DomainEvent>(_: Event.Type) throws -> Event {
        if case .kept(let payload, _, let fact?) = content.source {
            return try EventCoding.decode(type, fact, payload, in: stream)
        }
        return try withPayload { try EventCoding.decode(type, $0, in: stream) }
    }

    /// The event's payload when it is of type `Payload`, nil when it is another.
    ///
    /// - Throws: `JSONError` when the payload does not fit its type.
    public func payload<Payload: EventPayload>(_: Payload.Type) throws -> Payload? {
        if let fact = fact as? Payload { return fact }
        guard type == Payload.eventType else { return nil }
        return try withPayload { try JSON.decode(Payload.self, from: $0) }
    }
}
