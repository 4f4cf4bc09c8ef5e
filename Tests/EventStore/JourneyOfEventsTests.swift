import CKafka
import Database
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Bus
@testable import EventStore

/// From one log over a real broker into another: once, in order, and mended when something is lost.
@Suite(.serialized, .timeLimit(.minutes(10))) struct JourneyOfEventsTests {
    private let journey = EventJourney()

    @Test(arguments: TestKafka.servers)
    func everythingArrivesOnceAlsoWhenItIsSentAgain(server: TestKafka.Server) async throws {
        try await TestKafka.with(server) { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    try await journey.add(1...100, to: source)
                    try await journey.publishing(source, bus) {
                        try await journey.following(copy, bus) {
                            await journey.wait(for: 100, in: copy)
                        }
                    }
                    #expect(try await journey.total(copy) == 5_050)
                    // As after a crash before the checkpoint was written.
                    try await source.pool.execute("update publisher set position = 0")
                    try await source.pool.execute("delete from publisher_slot")
                    try await journey.publishing(source, bus) {
                        try await journey.following(copy, bus) {
                            try await journey.add(101...110, to: source)
                            await journey.wait(for: 110, in: copy)
                        }
                    }
                    #expect(try await journey.total(copy) == 6_105)
                    #expect(try await copy.store.head() == 110)
                }
            }
        }
    }

    /// As when a topic was made anew and the group goes on in it where it was in the old one.
    @Test(arguments: TestKafka.servers)
    func whatTheGroupHasPassedButNobodyAppliedIsSentAgain(server: TestKafka.Server) async throws {
        try await TestKafka.with(server) { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    try await journey.add(1...14, to: source)
                    try await journey.publishing(source, bus) {
                        try await passOver(14, bus, copy)
                        try await journey.following(copy, bus) {
                            await journey.wait(for: 14, in: copy)
                        }
                    }
                    #expect(try await journey.total(copy) == 105)
                    #expect(try await copy.store.head() == 14)
                }
            }
        }
    }

    /// Reads events as the group, without applying them.
    private func passOver(_ count: Int, _ bus: BusConfiguration, _ copy: TestLog) async throws {
        let consumer = try BusConsumer(
            bus, group: journey.group, topics: [journey.topic], loop: copy.loop, logger: .silent,
            metrics: Metrics())
        let lifecycle = Lifecycle()
        let passed = Mutex(0)
        let source = journey.source
        try await consumer.run(lifecycle) { batch in
            let mine = batch.records.count { ReceivedEvent($0)?.source == source }
            let total = passed.withLock { passed in
                passed += mine
                return passed
            }
            if total >= count { lifecycle.requestShutdown() }
        }
    }

    @Test func aLostTopicIsFilledAgainAndALateConsumerMissesNothing() async throws {
        try await TestLog.with { source in
            try await TestLog.with { copy in
                let port = try FreePorts.take(1)
                let bus = try BusConfiguration(
                    bootstrapServers: "127.0.0.1:\(port)", clientID: "test")
                let first = try EmbeddedBroker(port: port)
                try await journey.publishing(source, bus) {
                    try await journey.following(copy, bus) {
                        try await journey.add(1...30, to: source)
                        await journey.wait(for: 30, in: copy)
                        await first.stop()
                        try await journey.add(31...40, to: source)
                        let second = try EmbeddedBroker(port: port)
                        await journey.wait(for: 40, in: copy)
                        await second.stop()
                    }
                }
                #expect(try await journey.total(copy) == 820)
            }
        }
    }

    @Test(arguments: TestKafka.servers)
    func aProducerThatLosesItsPlaceLosesNothing(server: TestKafka.Server) async throws {
        try await TestKafka.with(server) { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    let components = try journey.publisher(source, bus)
                    let producer = try #require(components.first as? BusProducer)
                    try await journey.running(components, on: source.loop) {
                        try await journey.following(copy, bus) {
                            for last in [30, 60, 90] {
                                try await journey.add((last - 29)...(last - 10), to: source)
                                loseItsPlace(producer)
                                try await journey.add((last - 9)...last, to: source)
                                await journey.wait(for: Int64(last), in: copy)
                            }
                        }
                    }
                    #expect(try await journey.total(copy) == 4_095)
                    #expect(try await copy.store.head() == 90)
                }
            }
        }
    }

    private func loseItsPlace(_ producer: BusProducer) {
        producer.client.withLock { client in
            _ = client.map {
                rd_kafka_test_fatal_error(
                    $0.handle, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test")
            }
        }
    }

    @Test(arguments: TestKafka.servers)
    func whatCannotBeHandledIsParkedWithWhatFollowsItAndRetried(
        server: TestKafka.Server
    ) async throws {
        try await TestKafka.with(server) { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    let mood = EventJourney.Mood()
                    mood.refuse(["tally-t3"])
                    let (inbox, components) = try journey.inbox(copy, bus, mood)
                    let parked = ParkedEvents(pool: copy.pool)
                    try await journey.add(1...28, to: source)
                    try await journey.publishing(source, bus) {
                        try await journey.running(components, on: copy.loop) {
                            await journey.wait(for: 24, in: copy)
                            while try await parked.count() < 4 { await Task.yield() }
                        }
                    }
                    let entries = try await parked.list()
                    #expect(entries.map(\.stream) == ["tally-t3"])
                    #expect(entries.map(\.events) == [4])
                    let failed = try await inbox.retry(
                        "tally-t3", from: journey.source, actor: "test", reason: "once more")
                    #expect(failed.handled == 0 && failed.waiting == 4)
                    mood.refuse([])
                    let mended = try await inbox.retry(
                        "tally-t3", from: journey.source, actor: "test", reason: "mended")
                    #expect(mended.handled == 4 && mended.waiting == 0)
                    #expect(try await journey.total(copy) == 406)
                    #expect(try await parked.count() == 0)
                    let audits = try await copy.pool.query("select action, actor from parked_audit")
                    #expect(audits.count == 2)
                }
            }
        }
    }
}
