public import EventTypes
internal import JSON

/// Where one published event of a log stands, as consumers know it.
public struct PublishedEntry: Codable, Hashable, Sendable {
    /// Of the recorded event, in its log.
    public let position: Int64
    public let topic: Topic
    public let slot: Int
    /// 1, 2, 3, … within the slot of the topic.
    public let sequence: Int64
    public let id: EventID
    /// The recorded event's own, which is the cause of what consumers do.
    public let eventID: EventID
    public let type: String
    public let version: Int
    /// The stream that orders it.
    public let key: String
    public let time: Timestamp
    public let correlationID: CorrelationID
    public let streamVersion: Int64

    enum CodingKeys: String, CodingKey {
        case position, topic, slot, sequence, id
        case eventID = "event_id"
        case type, version, key, time
        case correlationID = "correlation_id"
        case streamVersion = "stream_version"
    }

    package init(
        position: Int64, topic: Topic, slot: Int, sequence: Int64, id: EventID, eventID: EventID,
        type: EventType, key: String, time: Timestamp, correlationID: CorrelationID,
        streamVersion: Int64
    ) {
        self.position = position
        self.topic = topic
        self.slot = slot
        self.sequence = sequence
        self.id = id
        self.eventID = eventID
        self.type = type.name
        version = type.version
        self.key = key
        self.time = time
        self.correlationID = correlationID
        self.streamVersion = streamVersion
    }

    /// The event as a consumer would get it.
    public func received(from source: String, payload: [UInt8]) -> ReceivedEvent {
        ReceivedEvent(
            source: source, topic: topic, type: EventType(type, version: version), id: id,
            stream: StreamID(key), streamVersion: streamVersion, position: position, slot: slot,
            slotSequence: sequence, time: time, correlationID: correlationID, causationID: eventID,
            payload: payload)
    }
}

/// What a log publishes, derived from its first event on: what must be on the topics, apart from
/// what they no longer keep.
public struct PublishedLog: Sendable {
    private static let batchLimit = 2_000

    private let store: any EventStore
    private let map: @Sendable (RecordedEvent) throws -> [Publication]

    /// - Parameter map: what an event looks like to others.
    public init(
        store: any EventStore, map: @escaping @Sendable (RecordedEvent) throws -> [Publication]
    ) {
        self.store = store
        self.map = map
    }

    /// Calls `body` with everything up to the end of the log as it is now, in order.
    ///
    /// - Throws: what the store, the mapping and `body` throw.
    public func read(
        _ body: (_ entry: PublishedEntry, _ payload: [UInt8]) async throws -> Void
    ) async throws {
        let head = try await store.head()
        var state = PublisherState()
        while state.position < head {
            let events = try await store.readAll(after: state.position, limit: Self.batchLimit)
            if events.isEmpty { return }
            for event in events where event.position <= head {
                for numbered in state.advance(past: event, try map(event)) {
                    try await body(numbered.entry, try JSON.encode(numbered.publication.payload))
                }
            }
        }
    }
}

extension NumberedPublication {
    fileprivate var entry: PublishedEntry {
        PublishedEntry(
            position: event.position, topic: publication.topic, slot: slot.number,
            sequence: sequence, id: id, eventID: event.id,
            type: type(of: publication.payload).eventType, key: publication.key,
            time: event.recordedAt,
            correlationID: event.metadata.correlationID, streamVersion: event.version)
    }
}
