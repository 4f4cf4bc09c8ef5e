import Bus
import EventStore
import EventTypes
import JSON

@testable import ControlService

/// Logs, positions and records as an examination meets them, without any server.
struct VerifyScene {
    var marks = PlatformMarks()
    var logs = PublishedLogs()
    private(set) var records: [BusRecord] = []
    private var next: [String: Int64] = [:]
    private var sequences: [PublishedLane: Int64] = [:]

    init(promises: [PromiseBook.Line]? = nil) {
        logs.books.promises = promises.map { PromiseBook($0) }
    }

    static func id(_ number: UInt64) -> EventID {
        EventID(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }

    /// A log gains an event; all of it is over.
    ///
    /// - Returns: its identifier.
    @discardableResult
    mutating func publish<P: PublishedEvent>(
        _ payload: P, on topic: Topic, by source: String, slot: Int = 5
    ) throws -> EventID {
        let position = (next[source] ?? 0) + 1
        next[source] = position
        marks.heads[source] = position
        let lane = PublishedLane(source: source, topic: topic.rawValue, slot: slot)
        let sequence = (sequences[lane] ?? 0) + 1
        sequences[lane] = sequence
        let id = Self.id(UInt64(source.utf8.reduce(0) { $0 + Int($1) }) << 16 | UInt64(position))
        let entry = PublishedEntry(
            position: position, topic: topic, slot: slot, sequence: sequence, id: id, eventID: id,
            type: P.eventType, key: "thing-\(slot)",
            time: Timestamp(seconds: 1), correlationID: CorrelationID(id), streamVersion: 1)
        let bytes = try JSON.encode(payload)
        logs.add(entry, bytes, of: source, before: position, marks)
        marks.published[lane] = sequence
        records.append(Self.record(entry, bytes, source))
        return id
    }

    /// A consumer is said to have handled so many of a lane.
    mutating func handled(
        _ count: Int64, _ topic: Topic, of source: String, by consumer: String, slot: Int = 5,
        at position: Int64? = nil
    ) {
        let lane = PublishedLane(source: source, topic: topic.rawValue, slot: slot)
        marks.inboxes[consumer, default: [:]][lane] = PlatformMarks.Place(
            sequence: count, position: position ?? count)
    }

    private static func record(
        _ entry: PublishedEntry, _ bytes: [UInt8], _ source: String
    ) -> BusRecord {
        let headers = [
            ("ce_id", "\(entry.id)"), ("ce_source", source), ("ce_type", entry.type),
            ("ce_schemaversion", "\(entry.version)"), ("ce_time", "\(entry.time)"),
            ("ce_streamversion", "1"), ("ce_position", "\(entry.position)"),
            ("ce_slot", "\(entry.slot)"), ("ce_slotsequence", "\(entry.sequence)"),
            ("ce_correlationid", "\(entry.correlationID)"), ("ce_causationid", "\(entry.eventID)"),
        ]
        return BusRecord(
            topic: entry.topic.rawValue, key: Array(entry.key.utf8), value: bytes,
            headers: BusHeaders(headers.map { ($0.0, Array($0.1.utf8)) }))
    }

    /// What is found on topics that hold these records and dropped nothing, unless `lows` says so.
    func topics(
        _ records: [BusRecord], lows: [String: [Int32: Int64]] = ["order-events": [0: 0]]
    ) -> VerifyFinding {
        var count = TopicCount()
        for record in records { count.take(record, logs) }
        return count.finding(logs, marks, lows)
    }

    func finding(_ part: String, isQuiet: Bool = true) throws -> VerifyFinding {
        let all = logs.books.findings(isQuiet: isQuiet)
        guard let found = all.first(where: { $0.name.contains(part) }) else {
            throw Complaint("there is no finding \(part)")
        }
        return found
    }
}
