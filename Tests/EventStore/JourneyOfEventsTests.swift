import Bus
import Database
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import EventStore

/// From one log over a real broker into another: once, in order, and mended when something is lost.
@Suite(.serialized, .timeLimit(.minutes(10))) struct JourneyOfEventsTests {
    /// Refuses some events for as long as it is told to.
    private final class Mood: Sendable {
        private let refused = Mutex<Set<String>>([])
        func refuse(_ names: Set<String>) { refused.withLock { $0 = names } }
        func isRefused(_ name: String) -> Bool { refused.withLock { $0.contains(name) } }
    }

    private struct Refused: Error {}

    /// Every addition to a tally, as an event that others may read.
    private static let publish: @Sendable (RecordedEvent) throws -> [Publication] = { event in
        guard case .added(let fact) = try event.decode(TallyEvent.self) else { return [] }
        return [
            Publication(
                .analyticsEvents, event,
                AnalyticsEventTracked(
                    eventID: event.id, name: "\(fact.amount)", occurredAt: event.recordedAt))
        ]
    }

    private func publisher(_ log: TestLog, _ bus: BusConfiguration) throws -> [any Component] {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        return [
            producer,
            Publisher(
                source: "shop", store: log.store, pool: log.pool, producer: producer,
                admin: try BusAdmin(bus, loop: log.loop, logger: .silent), configuration: bus,
                topics: [.analyticsEvents], loop: log.loop, map: Self.publish, logger: .silent,
                metrics: log.metrics),
        ]
    }

    private func inbox(
        _ log: TestLog, _ bus: BusConfiguration, _ mood: Mood = Mood()
    ) throws -> (inbox: Inbox, components: [any Component]) {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        let subscription = Subscription(
            topics: [.analyticsEvents], handles: [AnalyticsEventTracked.eventType.name]
        ) { event, unit in
            if mood.isRefused(event.stream.name) { throw Refused() }
            let fact = try event.decode(AnalyticsEventTracked.self)
            let key = event.stream.name.replacing("tally-", with: "")
            try await unit.decide(Tally.self, key, .add(Int(fact.name) ?? 0))
        }
        let inbox = try Inbox(
            service: "copy", subscriptions: [subscription], store: log.store, pool: log.pool,
            bus: bus, producer: producer, loop: log.loop, ids: log.ids, logger: .silent,
            metrics: log.metrics)
        return (inbox, [producer, inbox])
    }

    private func running(
        _ components: [any Component], on loop: EventLoop, _ body: () async throws -> Void
    ) async throws {
        let lifecycles = components.map { _ in Lifecycle() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (component, lifecycle) in zip(components, lifecycles) {
                group.addTask(executorPreference: loop) { try await component.run(lifecycle) }
                await lifecycle.waitUntilReady()
            }
            do {
                try await body()
            } catch {
                for lifecycle in lifecycles.reversed() { lifecycle.requestShutdown() }
                throw error
            }
            for lifecycle in lifecycles.reversed() { lifecycle.requestShutdown() }
            try await group.waitForAll()
        }
    }

    private func add(_ amounts: ClosedRange<Int>, to log: TestLog) async throws {
        for amount in amounts {
            try await log.store.commit(
                CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
            ) { unit in
                try await unit.decide(Tally.self, "t\(amount % 7)", .add(amount))
            }
        }
    }

    private func total(_ log: TestLog) async throws -> Int {
        var total = 0
        for number in 0..<7 {
            total += try await log.store.load(Tally.self, "t\(number)").state.total
        }
        return total
    }

    /// Waits until the log has `count` events.
    private func wait(for count: Int64, in log: TestLog) async {
        while log.store.tail.position < count {
            await log.store.tail.wait(beyond: count - 1, atMost: .seconds(10))
        }
    }

    @Test func everythingArrivesOnceAlsoWhenItIsSentAgain() async throws {
        try await TestKafka.with { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    try await add(1...100, to: source)
                    try await running(try publisher(source, bus), on: source.loop) {
                        try await running(try inbox(copy, bus).components, on: copy.loop) {
                            await wait(for: 100, in: copy)
                        }
                    }
                    #expect(try await total(copy) == 5_050)
                    // As after a crash before the checkpoint was written.
                    try await source.pool.execute("update publisher set position = 0")
                    try await source.pool.execute("delete from publisher_slot")
                    try await running(try publisher(source, bus), on: source.loop) {
                        try await running(try inbox(copy, bus).components, on: copy.loop) {
                            try await add(101...110, to: source)
                            await wait(for: 110, in: copy)
                        }
                    }
                    #expect(try await total(copy) == 6_105)
                    #expect(try await copy.store.head() == 110)
                }
            }
        }
    }

    @Test func aLostTopicIsFilledAgainAndALateConsumerMissesNothing() async throws {
        try await TestLog.with { source in
            try await TestLog.with { copy in
                let port = try FreePorts.take(1)
                let bus = try BusConfiguration(
                    bootstrapServers: "127.0.0.1:\(port)", clientID: "test")
                let first = try EmbeddedBroker(port: port)
                try await running(try publisher(source, bus), on: source.loop) {
                    try await running(try inbox(copy, bus).components, on: copy.loop) {
                        try await add(1...30, to: source)
                        await wait(for: 30, in: copy)
                        await first.stop()
                        try await add(31...40, to: source)
                        let second = try EmbeddedBroker(port: port)
                        await wait(for: 40, in: copy)
                        await second.stop()
                    }
                }
                #expect(try await total(copy) == 820)
            }
        }
    }

    @Test func whatCannotBeHandledIsParkedWithWhatFollowsItAndRetried() async throws {
        try await TestKafka.with { bus in
            try await TestLog.with { source in
                try await TestLog.with { copy in
                    let mood = Mood()
                    mood.refuse(["tally-t3"])
                    let (inbox, components) = try inbox(copy, bus, mood)
                    let parked = ParkedEvents(pool: copy.pool)
                    try await add(1...28, to: source)
                    try await running(try publisher(source, bus), on: source.loop) {
                        try await running(components, on: copy.loop) {
                            await wait(for: 24, in: copy)
                            while try await parked.count() < 4 { await Task.yield() }
                        }
                    }
                    let entries = try await parked.list()
                    #expect(entries.map(\.stream) == ["tally-t3"])
                    #expect(entries.map(\.events) == [4])
                    let failed = try await inbox.retry(
                        "tally-t3", from: "shop", actor: "test", reason: "once more")
                    #expect(failed.handled == 0 && failed.waiting == 4)
                    mood.refuse([])
                    let mended = try await inbox.retry(
                        "tally-t3", from: "shop", actor: "test", reason: "mended")
                    #expect(mended.handled == 4 && mended.waiting == 0)
                    #expect(try await total(copy) == 406)
                    #expect(try await parked.count() == 0)
                    let audits = try await copy.pool.query("select action, actor from parked_audit")
                    #expect(audits.count == 2)
                }
            }
        }
    }
}
