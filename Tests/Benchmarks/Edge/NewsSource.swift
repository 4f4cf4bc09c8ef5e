import Bus
import EventStore
import EventTypes
import JSON
import Runtime
import Synchronization

/// A service that others hear of: puts published events on the bus as its publisher would, numbered
/// without gaps in each slot.
final class NewsSource: Sendable {
    /// Records that wait for their acknowledgement together.
    private static let batchLimit = 5_000

    private struct State {
        var position: Int64 = 0
        var sequences = [Int64](repeating: 0, count: Slot.count)
    }

    private let name: String
    private let topic: Topic
    private let producer: BusProducer
    private let ids = UUIDv7Generator()
    private let state = Mutex(State())

    /// - Parameter name: the service that it stands for, of whose topic it is the only writer.
    init(_ name: String, _ topic: Topic, _ producer: BusProducer) {
        self.name = name
        self.topic = topic
        self.producer = producer
    }

    /// Sends events of streams of their own and returns once they are acknowledged.
    func send(_ events: [any PublishedEvent]) async throws {
        var rest = events[...]
        while !rest.isEmpty {
            let records = try rest.prefix(Self.batchLimit).map(record)
            rest = rest.dropFirst(Self.batchLimit)
            for result in await producer.send(batch: records) { _ = try result.get() }
        }
    }

    private func record(_ event: any PublishedEvent) throws -> BusRecord {
        let id = ids.next(EventTag.self)
        let stream = StreamID("\(name)-\(id)")
        let slot = Slot(of: stream)
        let (position, sequence) = state.withLock { state in
            state.position += 1
            state.sequences[slot.number] += 1
            return (state.position, state.sequences[slot.number])
        }
        let type = type(of: event).eventType
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", "\(id)"), ("ce_source", name),
            ("ce_type", type.name), ("ce_schemaversion", "\(type.version)"),
            ("ce_time", "\(SystemClock().now())"), ("ce_streamversion", "1"),
            ("ce_position", "\(position)"), ("ce_slot", "\(slot.number)"),
            ("ce_slotsequence", "\(sequence)"), ("ce_correlationid", "\(id)"),
            ("content-type", "application/json"),
        ]
        return BusRecord(
            topic: topic.rawValue,
            partition: slot.partition(of: Int32(EmbeddedBroker.defaultPartitions)),
            key: Array(stream.name.utf8), value: try JSON.encode(event),
            headers: BusHeaders(headers.map { ($0, Array($1.utf8)) }))
    }
}
