public import Bus
public import EventTypes
internal import JSON

/// A published event as a consumer got it.
public struct ReceivedEvent: Sendable, Equatable {
    /// The service whose log it is in.
    public let source: String
    public let topic: Topic
    public let type: EventType
    public let id: EventID
    /// The stream that orders it.
    public let stream: StreamID
    public let streamVersion: Int64
    /// Its position in the source's log.
    public let position: Int64
    public let slot: Int
    /// 1, 2, 3, … within the slot of the topic.
    public let slotSequence: Int64
    public let time: Timestamp
    public let correlationID: CorrelationID
    public let causationID: EventID?
    public let traceparent: String?
    /// JSON.
    public let payload: [UInt8]

    public init(
        source: String, topic: Topic, type: EventType, id: EventID, stream: StreamID,
        streamVersion: Int64, position: Int64, slot: Int, slotSequence: Int64, time: Timestamp,
        correlationID: CorrelationID, causationID: EventID? = nil,
        traceparent: String? = nil, payload: [UInt8]
    ) {
        self.source = source
        self.topic = topic
        self.type = type
        self.id = id
        self.stream = stream
        self.streamVersion = streamVersion
        self.position = position
        self.slot = slot
        self.slotSequence = slotSequence
        self.time = time
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceparent = traceparent
        self.payload = payload
    }

    /// The same event with its payload in the newest form.
    func lifted(by upcasters: UpcasterChain) throws -> ReceivedEvent {
        if upcasters.isEmpty { return self }
        let (type, payload) = try upcasters.lift(type, payload)
        return ReceivedEvent(
            source: source, topic: topic, type: type, id: id, stream: stream,
            streamVersion: streamVersion, position: position, slot: slot,
            slotSequence: slotSequence, time: time, correlationID: correlationID,
            causationID: causationID, traceparent: traceparent, payload: payload)
    }

    /// The payload as a `P`.
    ///
    /// - Throws: `JSONError`, or `EventStoreError.unknownEvent` when it is something else.
    public func decode<P: PublishedEvent>(_ type: P.Type) throws -> P {
        guard self.type == P.eventType else {
            throw EventStoreError.unknownEvent(self.type, in: stream)
        }
        return try JSON.decode(type, from: payload)
    }

    /// The payload as whichever published event it is; nil for one that the contract does not have.
    public func decodeAny() throws -> (any PublishedEvent)? {
        guard let type = Self.types[type] else { return nil }
        return try JSON.decode(type, from: payload)
    }

    /// Whether the contract has this event in this version.
    var isKnown: Bool { Self.types[type] != nil }

    private static let types: [EventType: any PublishedEvent.Type] = Dictionary(
        Contract.events.flatMap(\.types).map { ($0.eventType, $0) }, uniquingKeysWith: { $1 })

    /// Reads a record of the bus; nil when it is none of ours.
    public init?(_ record: BusRecord) {
        func text(_ name: String) -> String? {
            record.header(name).map { String(decoding: $0, as: UTF8.self) }
        }
        func number(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }
        guard let topic = Topic(rawValue: record.topic), let source = text(EventHeader.source),
            let name = text(EventHeader.type), let version = number(EventHeader.schemaVersion),
            let id = text(EventHeader.id).flatMap(EventID.init),
            let time = text(EventHeader.time).flatMap(Timestamp.init),
            let streamVersion = number(EventHeader.streamVersion),
            let position = number(EventHeader.position), let slot = number(EventHeader.slot),
            (0..<Int64(Slot.count)).contains(slot),
            let sequence = number(EventHeader.slotSequence), sequence > 0,
            let correlation = text(EventHeader.correlation).flatMap(CorrelationID.init)
        else { return nil }
        self.init(
            source: source, topic: topic, type: EventType(name, version: Int(version)), id: id,
            stream: StreamID(String(decoding: record.key, as: UTF8.self)),
            streamVersion: streamVersion, position: position, slot: Int(slot),
            slotSequence: sequence, time: time, correlationID: correlation,
            causationID: text(EventHeader.causation).flatMap(EventID.init),
            traceparent: text(EventHeader.traceparent), payload: record.value)
    }
}
