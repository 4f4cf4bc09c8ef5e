import Database
import EventStore
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct TimerTests {
    private func context(_ log: TestLog) -> CommandContext {
        CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
    }

    private func runner(
        _ log: TestLog,
        _ handle: @escaping @Sendable (DueTimer, UnitOfWork) async throws -> Void
    ) -> TimerRunner {
        TimerRunner(
            store: log.store, handlers: [TimerHandler(kind: "expiry", handle: handle)],
            loop: log.loop, logger: .silent, metrics: log.metrics)
    }

    private func schedule(_ key: String, inSeconds seconds: Int64, _ log: TestLog) async throws {
        let now = Timestamp(seconds: 1_700_000_000)
        let far = Timestamp(seconds: 4_000_000_000)
        try await log.store.commit(context(log)) { unit in
            unit.schedule(
                TimerRequest(kind: "expiry", key: key, due: seconds > 0 ? far : now))
        }
    }

    private func timers(_ log: TestLog) async throws -> Int64 {
        try await log.pool.query("select count(*) from timer").first?.get(0) ?? 0
    }

    @Test func whatIsDueIsHandledOnceWithItsRemoval() async throws {
        try await TestLog.with { log in
            let add: @Sendable (DueTimer, UnitOfWork) async throws -> Void = { timer, unit in
                try await unit.decide(Tally.self, timer.key, .add(1))
            }
            try await schedule("a", inSeconds: 0, log)
            try await schedule("b", inSeconds: 60, log)
            let (one, two) = (runner(log, add), runner(log, add))
            async let first = one.handleDue()
            async let second = two.handleDue()
            #expect(try await first + second == 1)
            #expect(try await log.store.load(Tally.self, "a").state.total == 1)
            #expect(try await timers(log) == 1)
        }
    }

    @Test func whatIsDueAtOnceIsSoByTheDatabasesClock() async throws {
        try await TestLog.with { log in
            try await schedule("a", inSeconds: 60, log)
            for key in ["a", "b"] {
                try await log.store.commit(context(log)) { unit in
                    unit.schedule(TimerRequest(kind: "expiry", key: key, due: nil))
                }
            }
            #expect(
                try await log.pool.query(
                    """
                    select due = ready_at and due <= clock_timestamp()
                        and due > clock_timestamp() - interval '10 minutes' from timer
                    """
                ).map { try $0.get(0, as: Bool.self) } == [true, true])
            let seen = Mutex<[String]>([])
            let working = runner(log) { timer, _ in seen.withLock { $0.append(timer.key) } }
            #expect(try await working.handleDue() == 2)
            #expect(seen.withLock { $0.sorted() } == ["a", "b"])
        }
    }

    @Test func aFailureLeavesTheTimerForLater() async throws {
        try await TestLog.with { log in
            try await schedule("a", inSeconds: 0, log)
            let failing = runner(log) { _, unit in
                try await unit.decide(Tally.self, "a", .add(1))
                throw EventStoreError.overloaded
            }
            #expect(try await failing.handleDue() == 1)
            #expect(try await failing.handleDue() == 0)
            #expect(try await log.store.load(Tally.self, "a").version == 0)
            try await log.pool.execute("update timer set ready_at = due")
            let seen = Mutex(0)
            let working = runner(log) { timer, _ in seen.withLock { $0 = timer.attempts } }
            #expect(try await working.handleDue() == 1)
            #expect(seen.withLock { $0 } == 1)
            #expect(try await timers(log) == 0)
        }
    }

    @Test func whatAnotherReplicaHasAppendedIsReadAnewForATimer() async throws {
        try await TestLog.with { log in
            let rival = TestLog(log.pool.configuration, log.loop)
            try await rival.running {
                for (place, amount) in [(log, 1), (log, 2), (rival, 4)] {
                    try await place.store.commit(context(log)) { unit in
                        try await unit.decide(Tally.self, "a", .add(amount))
                    }
                }
                try await schedule("a", inSeconds: 0, log)
                let working = runner(log) { timer, unit in
                    try await unit.decide(Tally.self, timer.key, .add(8))
                }
                #expect(try await working.handleDue() == 1)
                #expect(try await timers(log) == 0)
                #expect(try await log.store.load(Tally.self, "a").state.total == 15)
            }
            await rival.pool.close()
        }
    }

    @Test func aHandlerMaySetItsTimerAnew() async throws {
        try await TestLog.with { log in
            try await schedule("a", inSeconds: 0, log)
            let again = runner(log) { timer, unit in
                unit.schedule(
                    TimerRequest(
                        kind: timer.kind, key: timer.key, due: Timestamp(seconds: 4_000_000_000)))
            }
            #expect(try await again.handleDue() == 1)
            #expect(try await timers(log) == 1)
            #expect(try await again.handleDue() == 0)
        }
    }
}
