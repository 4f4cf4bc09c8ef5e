import Bus
import Database
import EventTypes
import JSON
import Runtime
import TestSupport
import Testing

@testable import EventStore

/// Events on their way while Apache Kafka is in trouble: all arrive, once, in order.
@Suite(
    .serialized, .enabled(if: TestKafka.servers.contains(.apache)), .timeLimit(.minutes(10)))
struct BrokerTroubleTests {
    private let journey = EventJourney()

    /// Lends a log that publishes and one that follows.
    private func logs(
        _ body: @Sendable (_ source: TestLog, _ copy: TestLog) async throws -> Void
    ) async throws {
        try await TestLog.with { source in
            try await TestLog.with { copy in try await body(source, copy) }
        }
    }

    private func withTopic(
        _ bus: BusConfiguration, partitions: Int32 = 4, retention: Duration? = nil
    ) async throws {
        let admin = try BusAdmin(bus, loop: EventLoop(), logger: .silent)
        try await admin.ensureTopics([
            TopicSpecification(journey.topic, partitions: partitions, retention: retention)
        ])
        await admin.close()
    }

    private func expectAll(_ last: Int, in copy: TestLog) async throws {
        #expect(try await journey.total(copy) == last * (last + 1) / 2)
        #expect(try await copy.store.head() == Int64(last))
    }

    @Test func aBrokerThatIsKilledAndStartedAgainLosesNothing() async throws {
        try await ApacheCluster.with { cluster in
            try await withTopic(cluster.bus)
            try await logs { source, copy in
                try await journey.publishing(source, cluster.bus) {
                    try await journey.following(copy, cluster.bus) {
                        try await journey.add(1...50, to: source)
                        await journey.wait(for: 50, in: copy)
                        cluster.kill(0)
                        try await journey.add(51...100, to: source)
                        try cluster.start(0)
                        try await journey.add(101...150, to: source)
                        await journey.wait(for: 150, in: copy)
                    }
                }
                try await expectAll(150, in: copy)
            }
        }
    }

    @Test(arguments: [true, false])
    func everythingArrivesOverTLSWithAndWithoutAPassword(password: Bool) async throws {
        try await TestKafka.withSecure { secure in
            let bus = password ? secure.plain : secure.tls
            try await withTopic(bus)
            try await logs { source, copy in
                try await journey.add(1...20, to: source)
                try await journey.publishing(source, bus) {
                    try await journey.following(copy, bus) {
                        await journey.wait(for: 20, in: copy)
                    }
                }
                try await expectAll(20, in: copy)
            }
        }
    }

    @Test func membersThatComeAndGoApplyEverythingOnce() async throws {
        try await TestKafka.with(.apache) { bus in
            try await withTopic(bus)
            try await logs { source, copy in
                try await journey.publishing(source, bus) {
                    try await journey.following(copy, bus) {
                        try await journey.add(1...40, to: source)
                        await journey.wait(for: 20, in: copy)
                        for round in 1...3 {
                            let first = 40 * round + 1
                            try await journey.following(copy, bus) {
                                try await journey.add(first...(first + 39), to: source)
                                await journey.wait(for: Int64(first + 19), in: copy)
                            }
                        }
                        await journey.wait(for: 160, in: copy)
                    }
                }
                try await expectAll(160, in: copy)
            }
        }
    }

    /// - Parameter more: whether events follow that show by their numbers what is missing.
    @Test(arguments: [true, false])
    func whatRetentionDeletedIsMissedSaidAndSentAgain(more: Bool) async throws {
        let settings = [
            "log.retention.check.interval.ms=200", "log.segment.delete.delay.ms=0",
            "log.initial.task.delay.ms=0",
        ]
        try await ApacheCluster.with(settings: settings) { cluster in
            try await withTopic(cluster.bus, retention: .seconds(3))
            try await logs { source, copy in
                try await journey.publishing(source, cluster.bus) {
                    // The consumer was there once, and is away while its records are deleted.
                    try await journey.following(copy, cluster.bus) {
                        try await journey.add(1...14, to: source)
                        await journey.wait(for: 14, in: copy)
                    }
                    try await journey.add(15...28, to: source)
                    try await waitUntilDeleted(cluster.bus, published: 28)
                    let last = more ? 35 : 28
                    try await journey.following(copy, cluster.bus) {
                        if more { try await journey.add(29...35, to: source) }
                        await journey.wait(for: Int64(last), in: copy)
                    }
                    try await expectAll(last, in: copy)
                }
                let losses = copy.metrics.counter(
                    "souk_inbox_losses_total", "Times that numbers were missing.",
                    labels: ["topic"])
                #expect(losses.value(journey.topic) > 0)
            }
        }
    }

    /// Waits until `published` records were on the topic and none is kept.
    private func waitUntilDeleted(_ bus: BusConfiguration, published: Int64) async throws {
        let admin = try BusAdmin(bus, loop: EventLoop(), logger: .silent)
        while true {
            let marks = try await admin.watermarks(journey.topic)
            let high = marks.reduce(0) { $0 + $1.high }
            if high >= published, marks.allSatisfy({ $0.low == $0.high }) { break }
            try Task.checkCancellation()
        }
        await admin.close()
    }

    @Test func aDeletedTopicIsFilledAgainFromTheLog() async throws {
        try await ApacheCluster.with { cluster in
            try await withTopic(cluster.bus)
            try await logs { source, copy in
                let admin = try BusAdmin(cluster.bus, loop: EventLoop(), logger: .silent)
                try await journey.publishing(source, cluster.bus) {
                    try await journey.following(copy, cluster.bus) {
                        try await journey.add(1...30, to: source)
                        await journey.wait(for: 30, in: copy)
                        try await admin.deleteTopic(journey.topic)
                        try await withTopic(cluster.bus)
                        try await journey.add(31...40, to: source)
                        await journey.wait(for: 40, in: copy)
                    }
                }
                await admin.close()
                try await expectAll(40, in: copy)
            }
        }
    }

    @Test func anEventInAVersionThatIsNotKnownWaitsAndTheOthersGoOn() async throws {
        // A node of its own: whoever reads the topic has to park the event.
        try await ApacheCluster.with { cluster in
            let bus = cluster.bus
            try await withTopic(bus)
            try await logs { source, copy in
                let parked = ParkedEvents(pool: copy.pool)
                let streams = ["tally-t1", "tally-t2"]
                let records = try streams.enumerated().map { number, stream in
                    try record(stream, number: number, version: number == 0 ? 99 : 1, ids: copy.ids)
                }
                try await put(records, on: bus, copy)
                try await journey.following(copy, bus) {
                    await journey.wait(for: 1, in: copy)
                    while try await parked.count() < 1 { try Task.checkCancellation() }
                }
                #expect(try await parked.list().map(\.stream) == ["tally-t1"])
                #expect(try await copy.store.load(Tally.self, "t2").state.total == 7)
            }
        }
    }

    @Test func whatATopicHasInAnOlderFormIsLifted() async throws {
        let type = AnalyticsEventTracked.eventType
        let upcasters = try UpcasterChain([
            Upcaster(from: EventType(type.name, version: 0), to: type) { old in
                var members = old.object ?? [:]
                members["name"] = members["label"]
                members["label"] = nil
                return .object(members)
            }
        ])
        try await ApacheCluster.with { cluster in
            let bus = cluster.bus
            try await withTopic(bus)
            try await logs { source, copy in
                var old = try record("tally-t1", number: 0, version: 0, ids: copy.ids)
                let text = String(decoding: old.value, as: UTF8.self)
                old.value = Array(text.replacing("\"name\"", with: "\"label\"").utf8)
                let new = try record("tally-t2", number: 1, version: 1, ids: copy.ids)
                try await put([old, new], on: bus, copy)
                let inbox = try journey.inbox(copy, bus, upcasters: upcasters)
                try await journey.running(inbox.components, on: copy.loop) {
                    await journey.wait(for: 2, in: copy)
                }
                #expect(try await copy.store.load(Tally.self, "t1").state.total == 7)
                #expect(try await copy.store.load(Tally.self, "t2").state.total == 7)
            }
        }
    }

    private func put(
        _ records: [BusRecord], on bus: BusConfiguration, _ log: TestLog
    ) async throws {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        for result in await producer.send(batch: records) { _ = try result.get() }
        await producer.close()
    }

    /// A published event as another service would have put it on the topic.
    private func record(
        _ stream: String, number: Int, version: Int, ids: UUIDv7Generator
    ) throws -> BusRecord {
        let now = SystemClock().now()
        let event = RecordedEvent(
            position: Int64(number + 1), stream: StreamID(stream), version: 1,
            type: AnalyticsEventTracked.eventType, id: ids.next(), recordedAt: now,
            payload: [], metadata: EventMetadata(correlationID: ids.next(), actor: "test"))
        let payload = AnalyticsEventTracked(eventID: event.id, name: "7", occurredAt: now)
        let numbered = NumberedPublication(
            publication: Publication(.analyticsEvents, event, payload), event: event, part: 0,
            slot: Slot(of: event.stream), sequence: 1)
        var record = try numbered.record(source: journey.source, partitions: 4)
        record.headers = BusHeaders(
            record.headers.fields.map { name, value in
                (name, name == "ce_schemaversion" ? Array("\(version)".utf8) : value)
            })
        return record
    }

    @Test(.enabled(if: TestKafka.testsClusters))
    func oneOfThreeNodesMayDieUnderLoad() async throws {
        try await ApacheCluster.with(nodes: 3) { cluster in
            try await withTopic(cluster.bus, partitions: 6)
            try await logs { source, copy in
                try await journey.publishing(source, cluster.bus) {
                    try await journey.following(copy, cluster.bus) {
                        for node in 0..<3 {
                            let first = node * 400 + 1
                            try await journey.add(first...(first + 199), to: source)
                            cluster.kill(node)
                            try await journey.add((first + 200)...(first + 399), to: source)
                            await journey.wait(for: Int64(first + 399), in: copy)
                            try cluster.start(node)
                            try await waitUntilWhole(cluster)
                        }
                    }
                }
                try await expectAll(1_200, in: copy)
            }
        }
    }

    /// Until every node is back: another may be killed then without losing the majority.
    private func waitUntilWhole(_ cluster: ApacheCluster) async throws {
        for bus in cluster.each { try await ApacheCluster.waitUntilItAnswers(bus) }
    }
}
