import Bus
import EventStore
import EventTypes
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import AnalyticsService

@Suite struct BrokerReplayTests {
    /// A received event as its source had sent it: CloudEvents in binary mode.
    private func record(_ event: ReceivedEvent) -> BusRecord {
        let headers = [
            ("ce_id", event.id.description), ("ce_source", event.source),
            ("ce_type", event.type.name), ("ce_schemaversion", "\(event.type.version)"),
            ("ce_time", event.time.description), ("ce_streamversion", "\(event.streamVersion)"),
            ("ce_position", "\(event.position)"), ("ce_slot", "\(event.slot)"),
            ("ce_slotsequence", "\(event.slotSequence)"),
            ("ce_correlationid", event.correlationID.description),
        ]
        return BusRecord(
            topic: event.topic.rawValue, key: Array(event.stream.name.utf8), value: event.payload,
            headers: BusHeaders(headers.map { ($0.0, Array($0.1.utf8)) }), timestamp: event.time)
    }

    @Test func aReplayOfTheTopicsFoldsWhatWasSent() async throws {
        let events = try Story().received()
        var expected = TopicReplay()
        for event in events { expected.add(event) }
        try await TestKafka.with(.embedded) { bus in
            let settings = ["KAFKA_BOOTSTRAP_SERVERS": bus.bootstrapServers]
            try await ServiceHarness<AnalyticsService>.with(settings: settings) { analytics in
                let context = analytics.context
                let producer = try BusProducer(
                    bus, loop: context.loop, logger: .silent, metrics: context.metrics)
                // A refill sends again what is there already.
                for sent in await producer.send(batch: (events + events.prefix(9)).map(record)) {
                    _ = try sent.get()
                }
                await producer.close()
                let replay = try await ReplayCommand.read(
                    ReplayArguments(report: .revenue), context)
                #expect(replay.journey == expected.journey)
                #expect(replay.events == events.count && replay.repeats == 9)
                #expect(replay.gaps.isEmpty && replay.absent.isEmpty)
            }
        }
    }
}
