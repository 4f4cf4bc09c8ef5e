import Database
import Runtime
import TestSupport
import Testing

@Suite struct TransactionTests {
    private struct Refusal: Error {}

    private func withTable(_ body: (DatabasePool) async throws -> Void) async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a int primary key, b int)")
            try await body(pool)
        }
    }

    private func count(_ pool: DatabasePool) async throws -> Int {
        try await pool.query("select count(*) from t")[0].get(0)
    }

    @Test func itIsCommittedWhenTheBodyReturns() async throws {
        try await withTable { (pool) async throws in
            let seen = try await pool.withTransaction { (connection) async throws in
                try await connection.execute("insert into t values (1)")
                return try await count(pool)
            }
            #expect(seen == 0)
            let left = try await count(pool)
            #expect(left == 1)
        }
    }

    @Test func aScriptMayComeFirst() async throws {
        try await withTable { (pool) async throws in
            try await pool.withTransaction { (connection) async throws in
                try await connection.simple("insert into t values (1); insert into t values (2)")
            }
            let left = try await count(pool)
            #expect(left == 2)
        }
    }

    @Test func itIsRolledBackWhenTheBodyThrows() async throws {
        try await withTable { (pool) async throws in
            await #expect(throws: Refusal.self) {
                try await pool.withTransaction { (connection) async throws in
                    try await connection.execute("insert into t values (1)")
                    throw Refusal()
                }
            }
            let left = try await count(pool)
            #expect(left == 0)
        }
    }

    @Test func aSwallowedFailureDoesNotPassForACommit() async throws {
        try await withTable { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction { (connection) async throws in
                    try await connection.execute("insert into t values (1)")
                    _ = try? await connection.execute("insert into t values (1)")
                }
            }
            #expect(error?.code == .transactionFailed)
            let left = try await count(pool)
            #expect(left == 0)
        }
    }

    @Test func aReadOnlyTransactionRefusesToWrite() async throws {
        try await withTable { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction(readOnly: true) { (connection) async throws in
                    try await connection.execute("insert into t values (1)")
                }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func serializableTransactionsThatMeetAreRetriable() async throws {
        try await withTable { (pool) async throws in
            try await pool.execute("insert into t values (1, 0), (2, 0)")
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction(isolation: .serializable) { first in
                    _ = try await first.query("select sum(b) from t")
                    try await pool.withTransaction(isolation: .serializable) { second in
                        _ = try await second.query("select sum(b) from t")
                        try await second.execute("update t set b = 1 where a = 1")
                    }
                    try await first.execute("update t set b = 1 where a = 2")
                }
            }
            #expect(error?.sqlState == "40001" && error?.isRetriable == true)
        }
    }

    @Test func aPipelineIsOneTransactionAndNamesItsFailure() async throws {
        try await withTable { (pool) async throws in
            let rows = try await pool.pipeline([
                "insert into t values (\(1), \(10)) returning b", "select count(*) from t",
            ])
            #expect(try rows[0][0].get(0, as: Int.self) == 10)
            #expect(try rows[1][0].get(0, as: Int.self) == 1)
            for _ in 0..<3 {
                let error = await #expect(throws: DatabaseError.self) {
                    try await pool.pipeline([
                        "insert into t values (\(2), \(0))", "insert into t values (\(1), \(0))",
                        "insert into t values (\(3), \(0))",
                    ])
                }
                #expect(error?.statementIndex == 1 && error?.sqlState == "23505")
            }
            let left = try await count(pool)
            #expect(left == 1)
        }
    }

    @Test func anAbandonedTransactionDoesNotReachTheNextCaller() async throws {
        try await TestDatabase.with { (configuration, loop) async throws in
            var configuration = configuration
            configuration.connections = 1
            let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: .init())
            try await pool.execute("create table t (a int primary key, b int)")
            try await pool.withConnection { (connection) async throws in
                try await connection.execute("begin")
                try await connection.execute("insert into t values (1)")
                try await connection.execute("set application_name = 'changed'")
            }
            let left = try await count(pool)
            #expect(left == 0)
            let name = try await pool.query("show application_name")[0].get(0, as: String.self)
            #expect(name == "souk-test")
            await pool.close()
        }
    }

    @Test func itsOwnStatementTimeoutReachesTheServer() async throws {
        try await withTable { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction(statementTimeout: .milliseconds(50)) {
                    (connection) async throws in
                    _ = try await connection.query("select pg_sleep(30)")
                }
            }
            #expect(error?.code == .timeout)
            let error2 = await #expect(throws: DatabaseError.self) {
                try await pool.query("select pg_sleep(30)", timeout: .milliseconds(50))
            }
            #expect(error2?.code == .timeout)
            let setting = try await pool.query("show statement_timeout")[0].get(0, as: String.self)
            #expect(setting == "5min")
        }
    }
}
