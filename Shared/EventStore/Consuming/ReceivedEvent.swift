public import Bus
public import EventTypes
internal import JSON
internal import Synchronization

/// A published event as a consumer got it. Cheap to copy.
public struct ReceivedEvent: Sendable, Equatable {
    /// Copied once for each event, where the struct is copied many times.
    private final class Content: Sendable {
        let source: String
        let topic: Topic
        let type: EventType
        let id: EventID
        let stream: StreamID
        let streamVersion: Int64
        let position: Int64
        let slot: Int
        let slotSequence: Int64
        let time: Timestamp
        let correlationID: CorrelationID
        let causationID: EventID?
        let traceparent: String?
        let payload: [UInt8]
        /// The payload as it was decoded last: several may want it, and one handler twice.
        let decoded = Mutex<(any PublishedEvent)?>(nil)

        init(
            source: String, topic: Topic, type: EventType, id: EventID, stream: StreamID,
            streamVersion: Int64, position: Int64, slot: Int, slotSequence: Int64, time: Timestamp,
            correlationID: CorrelationID, causationID: EventID?, traceparent: String?,
            payload: [UInt8]
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
    }

    private let content: Content

    /// The service whose log it is in.
    public var source: String { content.source }
    public var topic: Topic { content.topic }
    public var type: EventType { content.type }
    public var id: EventID { content.id }
    /// The stream that orders it.
    public var stream: StreamID { content.stream }
    public var streamVersion: Int64 { content.streamVersion }
    /// Its position in the source's log.
    public var position: Int64 { content.position }
    public var slot: Int { content.slot }
    /// 1, 2, 3, … within the slot of the topic.
    public var slotSequence: Int64 { content.slotSequence }
    public var time: Timestamp { content.time }
    public var correlationID: CorrelationID { content.correlationID }
    public var causationID: EventID? { content.causationID }
    public var traceparent: String? { content.traceparent }
    /// JSON.
    public var payload: [UInt8] { content.payload }

    public init(
        source: String, topic: Topic, type: EventType, id: EventID, stream: StreamID,
        streamVersion: Int64, position: Int64, slot: Int, slotSequence: Int64, time: Timestamp,
        correlationID: CorrelationID, causationID: EventID? = nil,
        traceparent: String? = nil, payload: [UInt8]
    ) {
        content = Content(
            source: source, topic: topic, type: type, id: id, stream: stream,
            streamVersion: streamVersion, position: position, slot: slot,
            slotSequence: slotSequence, time: time, correlationID: correlationID,
            causationID: causationID, traceparent: traceparent, payload: payload)
    }

    public static func == (left: ReceivedEvent, right: ReceivedEvent) -> Bool {
        if left.content === right.content { return true }
        return left.source == right.source && left.topic == right.topic
            && left.type == right.type && left.id == right.id && left.stream == right.stream
            && left.streamVersion == right.streamVersion && left.position == right.position
            && left.slot == right.slot && left.slotSequence == right.slotSequence
            && left.time == right.time && left.correlationID == right.correlationID
            && left.causationID == right.causationID && left.traceparent == right.traceparent
            && left.payload == right.payload
    }

    /// The same event with its payload in the newest form.
    func lifted(by upcasters: UpcasterChain) throws -> ReceivedEvent {
        if !upcasters.lifts(type) { return self }
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
        if let known = content.decoded.withLock({ $0 }) as? P { return known }
        let value = try JSON.decode(type, from: payload)
        content.decoded.withLock { $0 = value }
        return value
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
        let fields = EventFields(record.headers)
        guard let topic = Topic(rawValue: record.topic), let source = fields.source,
            let name = fields.type, let version = fields.schemaVersion, let id = fields.id,
            let time = fields.time, let streamVersion = fields.streamVersion,
            let position = fields.position, let slot = fields.slot,
            (0..<Int64(Slot.count)).contains(slot), let sequence = fields.slotSequence,
            sequence > 0, let correlation = fields.correlation
        else { return nil }
        self.init(
            source: source, topic: topic, type: EventType(name, version: Int(version)), id: id,
            stream: StreamID(String(decoding: record.key, as: UTF8.self)),
            streamVersion: streamVersion, position: position, slot: Int(slot),
            slotSequence: sequence, time: time, correlationID: correlation,
            causationID: fields.causation, traceparent: fields.traceparent, payload: record.value)
    }
}

/// What the headers of a record say, read in one go. Of those with one name the first that can be
/// read counts.
private struct EventFields {
    private(set) var source: String?
    private(set) var type: String?
    private(set) var schemaVersion: Int64?
    private(set) var id: EventID?
    private(set) var time: Timestamp?
    private(set) var streamVersion: Int64?
    private(set) var position: Int64?
    private(set) var slot: Int64?
    private(set) var slotSequence: Int64?
    private(set) var correlation: CorrelationID?
    private(set) var causation: EventID?
    private(set) var traceparent: String?

    init(_ headers: BusHeaders) {
        headers.forEach { field in
            if field.isNamed(EventHeader.id) {
                id = id ?? EventID(utf8: field.value)
            } else if field.isNamed(EventHeader.source) {
                source = source ?? Self.text(field)
            } else if field.isNamed(EventHeader.type) {
                type = type ?? Self.text(field)
            } else if field.isNamed(EventHeader.schemaVersion) {
                schemaVersion = schemaVersion ?? Self.number(field)
            } else if field.isNamed(EventHeader.time) {
                time = time ?? Timestamp(utf8: field.value)
            } else if field.isNamed(EventHeader.streamVersion) {
                streamVersion = streamVersion ?? Self.number(field)
            } else if field.isNamed(EventHeader.position) {
                position = position ?? Self.number(field)
            } else if field.isNamed(EventHeader.slot) {
                slot = slot ?? Self.number(field)
            } else if field.isNamed(EventHeader.slotSequence) {
                slotSequence = slotSequence ?? Self.number(field)
            } else if field.isNamed(EventHeader.correlation) {
                correlation = correlation ?? CorrelationID(utf8: field.value)
            } else if field.isNamed(EventHeader.causation) {
                causation = causation ?? EventID(utf8: field.value)
            } else if field.isNamed(EventHeader.traceparent) {
                traceparent = traceparent ?? Self.text(field)
            }
        }
    }

    private static func text(_ field: BusHeaders.Field) -> String {
        String(decoding: field.value, as: UTF8.self)
    }

    /// Of up to 18 digits here and now, everything else as a `String` would be read.
    private static func number(_ field: BusHeaders.Field) -> Int64? {
        guard (1...18).contains(field.value.count) else { return Int64(text(field)) }
        var number: Int64 = 0
        for byte in field.value {
            guard byte &- 48 < 10 else { return Int64(text(field)) }
            number = number * 10 + Int64(byte &- 48)
        }
        return number
    }
}
