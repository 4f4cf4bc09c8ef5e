import Database
import EventTypes
import Runtime
import TestSupport
import Testing

@testable import EventStore

@Suite(.timeLimit(.minutes(5))) struct HealthTests {
    /// A log of three events: one read model has passed one of them, the publisher two.
    private func withLog(_ body: @Sendable (TestLog) async throws -> Void) async throws {
        try await TestLog.with { log in
            for _ in 0..<3 {
                try await log.store.commit(
                    CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
                ) { try await $0.decide(Tally.self, "t1", .add(1)) }
            }
            try await log.pool.execute(
                """
                insert into projection (name, version, definition, checkpoint)
                values ('totals', 1, '', 1)
                """)
            try await log.pool.execute(
                """
                insert into publisher (position, fence) values (2, 1)
                on conflict (only_row) do update set position = 2
                """)
            try await body(log)
        }
    }

    @Test func whatFollowsTheLogIsReadWithTheTimeOfWhatWaits() async throws {
        try await withLog { log in
            let health = try await LogHealth.read(log.pool)
            #expect(health.head == 3)
            #expect(health.followers.map(\.name) == ["projection totals", "publisher"])
            #expect(health.followers.map(\.position) == [1, 2])
            let events = try await log.store.readAll(after: 0, limit: 10)
            #expect(
                health.followers.map(\.oldest) == [events[1].recordedAt, events[2].recordedAt])
            #expect(health.overdue.isEmpty && health.parked.isEmpty)
            try await log.pool.execute("update publisher set position = 3")
            #expect(try await LogHealth.read(log.pool).followers.last?.oldest == nil)
        }
    }

    @Test func onlyTimersThatAreLateByMoreThanUsualAreOverdue() async throws {
        try await withLog { log in
            try await log.pool.execute(
                """
                insert into timer (kind, key, due, payload, attempts, ready_at)
                select 'expiry', key, clock_timestamp() - late, '', 3, clock_timestamp() + pause
                from (values ('a', interval '5 seconds', interval '0'),
                    ('b', interval '2 minutes', interval '0'),
                    ('c', interval '1 minute', interval '1 hour'),
                    ('d', interval '-1 minute', interval '0')) as t (key, late, pause)
                """)
            let overdue = try await LogHealth.read(log.pool).overdue
            #expect(overdue.map(\.count) == [2])
            #expect(overdue.first?.attempts == 3)
        }
    }

    @Test func theMeterShowsItAndFallsBackToZero() async throws {
        try await withLog { log in
            let metrics = Metrics()
            let meter = HealthMeter(pool: log.pool, loop: log.loop, metrics: metrics)
            try await log.pool.execute(
                """
                insert into parked_event (source, topic, stream, position, slot, slot_sequence,
                    headers, payload, reason, parked_at)
                values ('order', 'order-events', 'order-1', 1, 1, 1, '{}', '{}', 'why',
                    now() - interval '1 minute')
                """)
            let sick = try await LogHealth.read(log.pool)
            #expect(sick.parked.map(\.events) == [1])
            meter.show(sick, after: nil)
            let text = metrics.render()
            #expect(text.contains("souk_log_position 3\n"))
            #expect(text.contains(#"souk_follower_behind_events{follower="publisher"} 1"#))
            #expect(text.contains(#"souk_parked_events{source="order"} 1"#))
            let age = metrics.gauge("souk_parked_oldest_seconds", "", labels: ["source"])
            #expect(age.value("order") >= 60)
            try await log.pool.execute("delete from parked_event")
            meter.show(try await LogHealth.read(log.pool), after: sick)
            #expect(metrics.render().contains(#"souk_parked_events{source="order"} 0"#))
        }
    }

    @Test func aSessionThatWaitsForALockIsSeen() async throws {
        try await withLog { log in
            var configuration = log.pool.configuration
            configuration.connections = 1
            let pool = DatabasePool(
                configuration, loop: log.loop, logger: .silent, metrics: Metrics())
            let metrics = Metrics()
            let meter = HealthMeter(pool: pool, loop: log.loop, metrics: metrics)
            let blocked = metrics.gauge("souk_database_blocked_sessions", "")
            try await log.pool.withTransaction { holder in
                _ = try await holder.query("select * from publisher for update")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await log.pool.execute("update publisher set position = 3")
                    }
                    while try await waiting(log) == 0 { try Task.checkCancellation() }
                    try await meter.showBlocked()
                    #expect(blocked.value() == 1)
                    _ = try await holder.query("update publisher set position = 2")
                    group.cancelAll()
                }
            }
        }
    }

    private func waiting(_ log: TestLog) async throws -> Int {
        try await log.pool.query(
            """
            select count(*) from pg_locks as l join pg_stat_activity as a on a.pid = l.pid
            where not l.granted and a.datname = current_database()
            """
        ).first?.get(0) ?? 0
    }
}
