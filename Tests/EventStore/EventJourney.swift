import Bus
import Database
import EventTypes
import Runtime
import Synchronization
import TestSupport

@testable import EventStore

/// What a journey of events is made of: a log that publishes, and another that follows it. Names of
/// its own keep it apart from others on a shared broker.
struct EventJourney: Sendable {
    let source = TestKafka.uniqueTopic("shop")
    let group = TestKafka.uniqueTopic("copy")
    let topic = Topic.analyticsEvents.rawValue

    /// Refuses some events for as long as it is told to.
    final class Mood: Sendable {
        private let refused = Mutex<Set<String>>([])
        func refuse(_ names: Set<String>) { refused.withLock { $0 = names } }
        func isRefused(_ name: String) -> Bool { refused.withLock { $0.contains(name) } }
    }

    struct Refused: Error {}

    /// Every addition to a tally, as an event that others may read.
    static let publish: @Sendable (RecordedEvent) throws -> [Publication] = { event in
        guard case .added(let fact) = try event.decode(TallyEvent.self) else { return [] }
        return [
            Publication(
                .analyticsEvents, event,
                AnalyticsEventTracked(
                    eventID: event.id, name: "\(fact.amount)", occurredAt: event.recordedAt))
        ]
    }

    func publisher(_ log: TestLog, _ bus: BusConfiguration) throws -> [any Component] {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        return [
            producer,
            Publisher(
                source: source, store: log.store, pool: log.pool, producer: producer,
                admin: try BusAdmin(bus, loop: log.loop, logger: .silent), configuration: bus,
                topics: [.analyticsEvents], loop: log.loop, map: Self.publish, logger: .silent,
                metrics: log.metrics),
        ]
    }

    func inbox(
        _ log: TestLog, _ bus: BusConfiguration, _ mood: Mood = Mood(),
        upcasters: UpcasterChain = .none
    ) throws -> (inbox: Inbox, components: [any Component]) {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        let source = source
        let subscription = Subscription(
            topics: [.analyticsEvents], handles: [AnalyticsEventTracked.eventType.name]
        ) { event, unit in
            if event.source != source { return }
            if mood.isRefused(event.stream.name) { throw Refused() }
            let fact = try event.decode(AnalyticsEventTracked.self)
            let key = event.stream.name.replacing("tally-", with: "")
            try await unit.decide(Tally.self, key, .add(Int(fact.name) ?? 0))
        }
        let inbox = try Inbox(
            service: group, subscriptions: [subscription], store: log.store, pool: log.pool,
            bus: bus, producer: producer, loop: log.loop, ids: log.ids, upcasters: upcasters,
            logger: .silent, metrics: log.metrics)
        return (inbox, [producer, inbox])
    }

    func running(
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

    func add(_ amounts: ClosedRange<Int>, to log: TestLog) async throws {
        for amount in amounts {
            try await log.store.commit(
                CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
            ) { unit in
                try await unit.decide(Tally.self, "t\(amount % 7)", .add(amount))
            }
        }
    }

    func total(_ log: TestLog) async throws -> Int {
        var total = 0
        for number in 0..<7 {
            total += try await log.store.load(Tally.self, "t\(number)").state.total
        }
        return total
    }

    /// Waits until the log has `count` events.
    func wait(for count: Int64, in log: TestLog) async {
        while log.store.tail.position < count {
            await log.store.tail.wait(beyond: count - 1, atMost: .seconds(10))
        }
    }

    func publishing(
        _ log: TestLog, _ bus: BusConfiguration, _ body: () async throws -> Void
    ) async throws {
        try await running(try publisher(log, bus), on: log.loop, body)
    }

    func following(
        _ log: TestLog, _ bus: BusConfiguration, _ body: () async throws -> Void
    ) async throws {
        try await running(try inbox(log, bus).components, on: log.loop, body)
    }
}
