import Bus
import Database
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import EventStore

/// Parked events and their hand-over between workers, in a real database.
@Suite(.timeLimit(.minutes(5))) struct ParkedTests {
    /// Lets those who arrive go on once `count` have arrived.
    private actor Gate {
        private var missing: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ count: Int) { missing = count }

        func pass() async {
            missing -= 1
            if missing <= 0 {
                for one in waiting { one.resume() }
                waiting = []
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }
    }

    private static let slot = Slot(of: StreamID("tally-a"))

    private func event(_ sequence: Int64) -> ReceivedEvent {
        let fact = AnalyticsEventTracked.eventType
        return ReceivedEvent(
            source: "shop", topic: .analyticsEvents, type: fact,
            id: EventID(high: 1, low: UInt64(sequence)), stream: StreamID("tally-a"),
            streamVersion: sequence, position: sequence, slot: Slot(of: StreamID("tally-a")).number,
            slotSequence: sequence, time: Timestamp(seconds: 1),
            correlationID: CorrelationID(high: 1, low: 1), payload: Array("{}".utf8))
    }

    private func context(_ log: TestLog) -> CommandContext {
        CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
    }

    private func inbox(
        _ log: TestLog, _ bus: BusConfiguration,
        _ handle: @escaping @Sendable (ReceivedEvent, UnitOfWork) async throws -> Void
    ) throws -> Inbox {
        let producer = try BusProducer(
            bus, loop: log.loop, logger: .silent, metrics: log.metrics)
        return try Inbox(
            service: "copy",
            subscriptions: [
                Subscription(
                    topics: [.analyticsEvents], handles: [AnalyticsEventTracked.eventType.name],
                    handle: handle)
            ], store: log.store, pool: log.pool, bus: bus, producer: producer, loop: log.loop,
            ids: log.ids, logger: .silent, metrics: log.metrics)
    }

    @Test func twoWhoRetryAtOnceApplyAnEventOnce() async throws {
        try await TestKafka.with { bus in
            try await TestLog.with { log in
                let parked = try (1...2).map { try ParkedEvents.park(event($0), reason: "no") }
                try await log.store.commit(context(log)) { unit in
                    for sql in parked { unit.execute(sql) }
                }
                let gate = Gate(2)
                let inbox = try inbox(log, bus) { _, unit in
                    try await unit.decide(Tally.self, "a", .add(1))
                    await gate.pass()
                }
                async let one = inbox.retry("tally-a", from: "shop", actor: "one", reason: "now")
                async let two = inbox.retry("tally-a", from: "shop", actor: "two", reason: "now")
                #expect(try await one.handled + two.handled == 2)
                #expect(try await log.store.load(Tally.self, "a").state.total == 2)
                #expect(try await ParkedEvents(pool: log.pool).count() == 0)
            }
        }
    }

    @Test func nothingQueuesBehindWhatIsParkedNoMore() async throws {
        try await TestLog.with { log in
            let queue = try ParkedEvents.queue(event(2))
            await #expect(throws: EventStoreError.positionMoved) {
                try await log.store.commit(context(log)) { unit in
                    for sql in queue { unit.execute(sql) }
                }
            }
            let first = try ParkedEvents.park(event(1), reason: "no")
            try await log.store.commit(context(log)) { unit in unit.execute(first) }
            try await log.store.commit(context(log)) { unit in
                for sql in queue { unit.execute(sql) }
            }
            #expect(try await ParkedEvents(pool: log.pool).count() == 2)
        }
    }

    @Test func aPublisherThatWasFencedOutChangesNothing() async throws {
        try await TestLog.with { log in
            var state = PublisherState(position: 3)
            state.sequences[.init(topic: .analyticsEvents, slot: Self.slot)] = 3
            state.ends[.init(topic: .analyticsEvents, partition: 0)] = 3
            let written = state
            try await log.pool.withConnection { connection in
                let fence = try #require(try await PublisherTables.lock(connection))
                try await PublisherTables.write(
                    written, over: PublisherState(), fence: fence, connection)
                var wrong = written
                wrong.position = 2
                wrong.sequences[
                    .init(topic: .analyticsEvents, slot: Self.slot)] = 2
                let stale = wrong
                await #expect(throws: PublisherTables.Fenced.self) {
                    try await PublisherTables.write(
                        stale, over: written, fence: fence - 1, connection)
                }
                await #expect(throws: PublisherTables.Fenced.self) {
                    try await PublisherTables.forget(fence: fence - 1, connection)
                }
                #expect(try await PublisherTables.read(connection) == written)
            }
        }
    }
}
