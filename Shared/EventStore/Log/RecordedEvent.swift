internal import Database
public import EventTypes
internal import JSON

/// One event as it stands in a log, lifted to the newest version of its type. While it is kept, so
/// is the page of the log that it was read with.
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
    private let content: Content

    /// Few readers look at the metadata, so it is decoded for those.
    enum MetadataSource: Sendable {
        case decoded(EventMetadata)
        case text([UInt8])
        case row(Row)
    }

    /// Payload and metadata.
    private enum Content: Sendable {
        case kept(Kept)
        /// Where they were read, in the columns of `PostgresEventStore.columns`.
        case row(Row)
    }

    private final class Kept: Sendable {
        let payload: [UInt8]
        let metadata: MetadataSource
        /// What `payload` says, where this process wrote it a moment ago.
        let fact: (any EventPayload)?

        init(_ payload: [UInt8], _ metadata: MetadataSource, _ fact: (any EventPayload)?) {
            self.payload = payload
            self.metadata = metadata
            self.fact = fact
        }
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
        content = .kept(Kept(payload, source, fact))
    }

    /// The event of a row of `PostgresEventStore.columns`.
    init(_ row: Row) throws {
        position = try row.get(0)
        stream = try row.get(1)
        version = try row.get(2)
        type = EventType(try row.get(3), version: try row.get(4))
        id = try row.get(5)
        recordedAt = try row.get(6)
        content = .row(row)
    }

    private static let payloadColumn = 7
    private static let metadataColumn = 8

    /// JSON in UTF-8; a copy of what was read.
    ///
    /// - Throws: `DatabaseError` when the row that was read has none.
    public var payload: [UInt8] {
        get throws {
            switch content {
            case .kept(let kept): kept.payload
            case .row(let row): try row.get(Self.payloadColumn)
            }
        }
    }

    private var fact: (any EventPayload)? {
        if case .kept(let kept) = content { kept.fact } else { nil }
    }

    private var source: MetadataSource {
        switch content {
        case .kept(let kept): kept.metadata
        case .row(let row): .row(row)
        }
    }

    /// The payload's bytes; 0 where the row that was read has none.
    var payloadSize: Int { (try? withPayload(\.count)) ?? 0 }

    private func withPayload<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        switch content {
        case .kept(let kept): try kept.payload.withUnsafeBytes(body)
        case .row(let row): try row.withBytes(Self.payloadColumn, body)
        }
    }

    /// Where it comes from. The event's own identifier serves as the correlation of an event whose
    /// metadata cannot be read.
    public var metadata: EventMetadata {
        let metadata: EventMetadata? =
            switch source {
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
        let (type, payload) = try upcasters.lift(type, try payload)
        return RecordedEvent(
            position: position, stream: stream, version: version, type: type, id: id,
            recordedAt: recordedAt, payload: payload, source: source)
    }

    /// The event as a case of its kind of stream.
    ///
    /// - Throws: `EventStoreError.unknownEvent` when `Event` has no such type, or `JSONError`.
    public func decode<Event: DomainEvent>(_: Event.Type) throws -> Event {
        if case .kept(let kept) = content, let fact = kept.fact {
            return try EventCoding.decode(type, fact, kept.payload, in: stream)
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
