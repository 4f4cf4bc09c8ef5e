import Database
import EventStore
import EventTypes
import Runtime
import Testing

@Suite struct LogInvariantTests {
    private func broken(_ log: TestLog) async throws -> [String] {
        var names: [String] = []
        for invariant in LogInvariants.all {
            let context = VerifyContext(pool: log.pool, store: log.store)
            if case .violated = try await invariant.check(context) { names.append(invariant.name) }
        }
        return names
    }

    private func fill(_ log: TestLog) async throws {
        for key in ["a", "b", "a"] {
            try await log.store.commit(
                CommandContext(correlationID: CorrelationID(log.ids.next(EventTag.self)))
            ) { unit in
                try await unit.decide(Tally.self, key, .add(1))
            }
        }
    }

    @Test func anEmptyAndAHealthyLogHold() async throws {
        try await TestLog.with { log in
            #expect(try await broken(log) == [])
            try await fill(log)
            #expect(try await broken(log) == [])
        }
    }

    @Test func theLogRefusesToBeChanged() async throws {
        try await TestLog.with { log in
            try await fill(log)
            for sql: SQL in [
                "update event set payload = '{}'", "delete from event", "truncate event",
            ] {
                await #expect(throws: DatabaseError.self) { try await log.pool.execute(sql) }
            }
        }
    }

    @Test(arguments: [
        ("delete from event where position = 2", 3),
        ("update stream set version = 7 where id = 'tally-a'", 1),
        ("update projection set checkpoint = 99", 1),
    ])
    func damageIsFound(_ damage: String, _ count: Int) async throws {
        try await TestLog.with { log in
            try await fill(log)
            try await log.pool.execute(
                """
                insert into projection (name, version, definition, checkpoint)
                values ('p', 1, '', 0)
                """)
            try await log.pool.withTransaction { connection in
                // What only the owner of the database can do.
                try await connection.simple("set local session_replication_role = replica")
                try await connection.simple(damage)
            }
            #expect(try await broken(log).count >= 1, "\(damage)")
            #expect(try await broken(log).count <= count)
        }
    }
}
