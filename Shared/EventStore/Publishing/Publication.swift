internal import Bus
public import EventTypes
internal import JSON

/// What other services get to read of one recorded event.
public struct Publication: Sendable {
    public let topic: Topic
    /// The stream that orders it, usually the event's own.
    public let key: String
    public let payload: any PublishedEvent
    /// The payload as it goes out, once it was made.
    private var value: [UInt8]?

    public init(topic: Topic, key: String, payload: any PublishedEvent) {
        self.topic = topic
        self.key = key
        self.payload = payload
    }

    /// Ordered by the event's own stream.
    public init(_ topic: Topic, _ event: RecordedEvent, _ payload: any PublishedEvent) {
        self.init(topic: topic, key: event.stream.name, payload: payload)
    }

    /// Writes the payload as it goes out, so that nobody waits for it later.
    mutating func prepare() throws { value = try JSON.encode(payload) }

    func text() throws -> [UInt8] { try value ?? JSON.encode(payload) }
}

/// The names of the headers: CloudEvents 1.0 in Kafka's binary content mode, extension attributes
/// included, and W3C's `traceparent`.
enum EventHeader {
    static let specVersion: StaticString = "ce_specversion"
    static let id: StaticString = "ce_id"
    static let source: StaticString = "ce_source"
    static let type: StaticString = "ce_type"
    static let time: StaticString = "ce_time"
    static let schemaVersion: StaticString = "ce_schemaversion"
    static let streamVersion: StaticString = "ce_streamversion"
    static let position: StaticString = "ce_position"
    static let slot: StaticString = "ce_slot"
    static let slotSequence: StaticString = "ce_slotsequence"
    static let correlation: StaticString = "ce_correlationid"
    static let causation: StaticString = "ce_causationid"
    static let traceparent: StaticString = "traceparent"
    static let contentType: StaticString = "content-type"
}

/// A publication with its number, ready for the bus.
struct NumberedPublication: Sendable {
    let publication: Publication
    let event: RecordedEvent
    /// Counts from 0 when one event is published more than once.
    let part: Int
    let slot: Slot
    let sequence: Int64

    var lane: PublisherState.Lane { .init(topic: publication.topic, slot: slot) }

    /// The event's own; further parts of one event differ in four bits of it.
    var id: EventID {
        EventID(high: event.id.high, low: event.id.low ^ UInt64(part & 15))
    }

    func record(source: String, partitions: Int32) throws -> BusRecord {
        let type = type(of: publication.payload).eventType
        let metadata = event.metadata
        var headers = BusHeaders()
        headers.reserveCapacity(14, bytes: 400)
        headers.append(EventHeader.specVersion, "1.0")
        headers.append(EventHeader.id, id)
        headers.append(EventHeader.source, source)
        headers.append(EventHeader.type, type.name)
        headers.append(EventHeader.schemaVersion, Int64(type.version))
        headers.append(EventHeader.time, event.recordedAt)
        headers.append(EventHeader.streamVersion, event.version)
        headers.append(EventHeader.position, event.position)
        headers.append(EventHeader.slot, Int64(slot.number))
        headers.append(EventHeader.slotSequence, sequence)
        headers.append(EventHeader.correlation, metadata.correlationID)
        headers.append(EventHeader.causation, event.id)
        headers.append(EventHeader.contentType, "application/json")
        if let trace = metadata.traceparent { headers.append(EventHeader.traceparent, trace) }
        return BusRecord(
            topic: publication.topic.rawValue, partition: slot.partition(of: partitions),
            key: Array(publication.key.utf8), value: try publication.text(),
            headers: headers, timestamp: event.recordedAt)
    }
}
