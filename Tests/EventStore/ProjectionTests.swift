import Database
import EventTypes
import Runtime
import TestSupport
import Testing

@testable import EventStore

@Suite struct ProjectionTests {
    private func runner(_ log: TestLog, _ totals: Totals = Totals()) -> ProjectionRunner {
        ProjectionRunner(
            store: log.store, pool: log.pool, projections: [totals], loop: log.loop,
            clock: SystemClock(), logger: .silent, metrics: log.metrics)
    }

    private func running(
        _ component: some Component, _ body: () async throws -> Void
    ) async throws {
        let lifecycle = Lifecycle()
        async let done: Void = component.run(lifecycle)
        await lifecycle.waitUntilReady()
        do {
            try await body()
        } catch {
            lifecycle.requestShutdown()
            try await done
            throw error
        }
        lifecycle.requestShutdown()
        try await done
    }

    private func add(_ amount: Int, _ key: String, _ log: TestLog) async throws -> Int64 {
        try await log.store.commit(
            CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
        ) { unit in
            try await unit.decide(Tally.self, key, .add(amount))
        }.position
    }

    private func total(_ key: String, _ log: TestLog) async throws -> Int64? {
        try await log.pool.query("select total from total where stream = \("tally-\(key)")")
            .first?.get(0)
    }

    @Test func whoWaitsReadsTheirOwnWrites() async throws {
        try await TestLog.with { log in
            let runner = runner(log)
            try await running(runner) {
                for round in 1...20 {
                    let position = try await add(round, "a", log)
                    #expect(await runner.wait(for: position, ["totals"], timeout: .seconds(60)))
                    #expect(try await total("a", log) == Int64(round * (round + 1) / 2))
                }
                #expect(await runner.wait(for: 1, ["no such"]) == false)
            }
        }
    }

    @Test func oneOfTwoRunnersWorksAndTheOtherTakesOver() async throws {
        try await TestLog.with { log in
            let (first, second) = (runner(log), runner(log))
            try await running(second) {
                try await running(first) {
                    let position = try await add(1, "a", log)
                    #expect(await first.wait(for: position, nil, timeout: .seconds(60)))
                    #expect(await second.wait(for: position, nil, timeout: .seconds(60)))
                }
                let position = try await add(1, "a", log)
                #expect(await second.wait(for: position, nil, timeout: .seconds(60)))
                #expect(try await total("a", log) == 2)
            }
        }
    }

    /// Nobody looks by themselves here within the time of a test.
    @Test(.timeLimit(.minutes(10))) func processesTellEachOtherWhatIsNew() async throws {
        try await TestLog.with { log in
            var pace = ProjectionRunner.Pace()
            pace.idleLimit = .seconds(3_600)
            pace.standbyInterval = .seconds(3_600)
            let other = PostgresEventStore(
                pool: log.pool, loop: log.loop, logger: .silent, metrics: Metrics())
            func runner(_ store: PostgresEventStore) -> ProjectionRunner {
                ProjectionRunner(
                    store: store, pool: log.pool, projections: [Totals()], loop: log.loop,
                    logger: .silent, metrics: Metrics(), pace: pace)
            }
            let (leading, standing) = (runner(log.store), runner(other))
            try await running(other) {
                try await running(leading) {
                    let first = try await add(1, "a", log)
                    #expect(await leading.wait(for: first, nil, timeout: .seconds(60)))
                    try await running(standing) {
                        for amount in 1...20 {
                            // What one commits is projected by the other, and known to both.
                            let store = amount.isMultiple(of: 2) ? log.store : other
                            let position = try await store.commit(
                                CommandContext(
                                    correlationID: CorrelationID(log.ids.next(EventTag.self)))
                            ) { unit in
                                try await unit.decide(Tally.self, "a", .add(amount))
                            }.position
                            #expect(await standing.wait(for: position, nil, timeout: .seconds(60)))
                            #expect(await leading.wait(for: position, nil, timeout: .seconds(60)))
                        }
                        #expect(try await total("a", log) == 211)
                    }
                }
            }
        }
    }

    @Test func aRebuildGivesTheSameWhileEventsKeepComing() async throws {
        try await TestLog.with { log in
            let runner = runner(log)
            try await running(runner) {
                for number in 1...50 { _ = try await add(number, "s\(number % 7)", log) }
                async let writing: Void = {
                    for number in 1...50 { _ = try await add(number, "s\(number % 7)", log) }
                }()
                let report = try await self.runner(log).rebuild("totals")
                try await writing
                #expect(report.wasIdentical == true)
                #expect(report.rows == [7])
                let position = try await add(1, "s0", log)
                #expect(await runner.wait(for: position, nil, timeout: .seconds(60)))
                #expect(try await total("s0", log) == 2 * (7 + 14 + 21 + 28 + 35 + 42 + 49) + 1)
                let audit = try await self.runner(log).audit("totals")
                #expect(audit.wasIdentical == true)
            }
        }
    }

    @Test func damageIsFoundAndMended() async throws {
        try await TestLog.with { log in
            let runner = runner(log)
            var last: Int64 = 0
            try await running(runner) {
                last = try await add(3, "a", log)
                #expect(await runner.wait(for: last, nil, timeout: .seconds(60)))
            }
            try await log.pool.execute("update total set total = 4")
            #expect(try await runner.audit("totals").wasIdentical == false)
            #expect(try await total("a", log) == 4)
            #expect(try await runner.rebuild("totals").wasIdentical == false)
            #expect(try await total("a", log) == 3)
        }
    }

    @Test func aNewFormIsBuiltBeforeTheStart() async throws {
        try await TestLog.with { log in
            try await running(runner(log)) { _ = try await add(3, "a", log) }
            var totals = Totals()
            totals.version = 2
            totals.factor = 10
            let newer = runner(log, totals)
            try await running(newer) {
                #expect(try await total("a", log) == 30)
                let position = try await add(1, "a", log)
                #expect(await newer.wait(for: position, nil, timeout: .seconds(60)))
                #expect(try await total("a", log) == 40)
            }
        }
    }

    @Test func anUnknownProjectionIsNamed() async throws {
        try await TestLog.with { log in
            await #expect(throws: RebuildError.unknown("nothing")) {
                try await runner(log).rebuild("nothing")
            }
        }
    }

    @Test func whatWasNeverServedCanBeCheckedAndRebuilt() async throws {
        try await TestLog.with { log in
            _ = try await add(3, "a", log)
            #expect(try await runner(log).audit("totals").wasIdentical == true)
            #expect(try await runner(log).rebuild("totals").rows == [1])
            #expect(try await total("a", log) == 3)
        }
    }

    /// Cuts off whoever holds an advisory lock while the first events are folded.
    private struct Interrupting: Projection {
        let base = Totals()
        var name: String { base.name }
        var tables: [String] { base.tables }
        var definition: String { base.definition }
        var isPartitionable: Bool { false }

        func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
            try await base.apply(events, on: connection)
            _ = try await connection.query(
                """
                select pg_terminate_backend(pid) from pg_locks
                where locktype = 'advisory' and pid <> pg_backend_pid() and database
                    = (select oid from pg_database where datname = current_database())
                """)
        }
    }

    @Test func aRebuildThatLostItsLockWritesNothingMore() async throws {
        try await TestLog.with { log in
            _ = try await add(3, "a", log)
            let runner = ProjectionRunner(
                store: log.store, pool: log.pool, projections: [Interrupting()], loop: log.loop,
                clock: SystemClock(), logger: .silent, metrics: log.metrics)
            await #expect(throws: (any Error).self) { try await runner.rebuild("totals") }
            #expect(try await total("a", log) == nil)
            let rows = try await log.pool.query("select 1 from shop_rebuild.total")
            #expect(rows.isEmpty)
        }
    }

    @Test func theTablesOfBeforeAreWhereItSaysTheyAre() async throws {
        try await TestLog.with { log in
            let runner = runner(log)
            try await running(runner) {
                let position = try await add(3, "a", log)
                #expect(await runner.wait(for: position, nil, timeout: .seconds(60)))
            }
            let last = try await add(4, "a", log)
            _ = try await runner.rebuild("totals")
            let row = try await log.pool.query(
                """
                select previous_checkpoint, (select total from shop_previous.total) from projection
                """
            ).first
            #expect(try row?.get(0, as: Int64.self) == last)
            #expect(try row?.get(1, as: Int64.self) == 7)
        }
    }
}
