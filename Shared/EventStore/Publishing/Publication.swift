internal import Bus
public import EventTypes
internal import JSON

/// What other services get to read of one recorded event.
public struct Publication: Sendable {
    public let topic: Topic
    /// The stream that orders it, usually the event's own.
    public let key: String
    public let payload: any PublishedEvent

    public init(topic: Topic, key: String, payload: any PublishedEvent) {
        self.topic = topic
        self.key = key
        self.payload = payload
    }

    /// Ordered by the event's own stream.
    public init(_ topic: Topic, _ event: RecordedEvent, _ payload: any PublishedEvent) {
        self.init(topic: topic, key: event.stream.name, payload: payload)
    }
}

/// The names of the headers: CloudEvents 1.0 in Kafka's binary content mode, extension attributes
/// included, and W3C's `traceparent`.
enum EventHeader {
    static let specVersion = "ce_specversion"
    static let id = "ce_id"
    static let source = "ce_source"
    static let type = "ce_type"
    static let time = "ce_time"
    static let schemaVersion = "ce_schemaversion"
    static let streamVersion = "ce_streamversion"
    static let position = "ce_position"
    static let slot = "ce_slot"
    static let slotSequence = "ce_slotsequence"
    static let correlation = "ce_correlationid"
    static let causation = "ce_causationid"
    static let traceparent = "traceparent"
    static let contentType = "content-type"
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
        var headers: [(String, [UInt8])] = [
            (EventHeader.specVersion, Array("1.0".utf8)),
            (EventHeader.id, Array(id.description.utf8)),
            (EventHeader.source, Array(source.utf8)),
            (EventHeader.type, Array(type(of: publication.payload).eventType.name.utf8)),
            (
                EventHeader.schemaVersion,
                Array("\(type(of: publication.payload).eventType.version)".utf8)
            ),
            (EventHeader.time, Array(event.recordedAt.description.utf8)),
            (EventHeader.streamVersion, Array("\(event.version)".utf8)),
            (EventHeader.position, Array("\(event.position)".utf8)),
            (EventHeader.slot, Array("\(slot.number)".utf8)),
            (EventHeader.slotSequence, Array("\(sequence)".utf8)),
            (EventHeader.correlation, Array(event.metadata.correlationID.description.utf8)),
            (EventHeader.causation, Array(event.id.description.utf8)),
            (EventHeader.contentType, Array("application/json".utf8)),
        ]
        if let trace = event.metadata.traceparent {
            headers.append((EventHeader.traceparent, Array(trace.utf8)))
        }
        return BusRecord(
            topic: publication.topic.rawValue, partition: slot.partition(of: partitions),
            key: Array(publication.key.utf8), value: try JSON.encode(publication.payload),
            headers: headers, timestamp: event.recordedAt)
    }
}
