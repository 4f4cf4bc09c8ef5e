import Runtime
import TestSupport
import Testing

@testable import Database

@Suite struct PoolTests {
    private func withPool<R>(
        connections: Int, acquireTimeout: Duration = .seconds(300), waiters: Int = 1_024,
        _ body: (DatabasePool) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with { (configuration, loop) async throws in
            var configuration = configuration
            configuration.connections = connections
            configuration.acquireTimeout = acquireTimeout
            configuration.waitersLimit = waiters
            let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: .init())
            let outcome: Result<R, any Error>
            do { outcome = .success(try await body(pool)) } catch { outcome = .failure(error) }
            await pool.close()
            return try outcome.get()
        }
    }

    private func backend(_ connection: Connection) async throws -> Int {
        try await connection.query("select pg_backend_pid()")[0].get(0)
    }

    @Test func neverMoreConnectionsThanConfigured() async throws {
        try await withPool(connections: 3) { (pool) async throws in
            let backends = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await pool.withConnection { (connection) async throws in
                            try await connection.query(
                                "select pg_backend_pid() from pg_sleep(0.01)")[0].get(0)
                        }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(backends.count <= 3)
        }
    }

    @Test func statementsOfManyTasksShareTheConnections() async throws {
        try await withPool(connections: 1) { (pool) async throws in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<500 {
                    group.addTask { try await pool.query("select \(number)")[0].get(0) }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 500 * 499 / 2)
        }
    }

    /// Both came while connections were opened: the first one took both statements, and the second
    /// stayed idle while one of them waited for a lock.
    @Test(.timeLimit(.minutes(1)))
    func whatWaitsForALockIsNotInTheWayOfWhatHasAConnectionComing() async throws {
        try await withPool(connections: 3) { (pool) async throws in
            try await pool.withConnection { holder in
                _ = try await holder.query("select pg_advisory_lock(7)")
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask(executorPreference: pool.loop) {
                        _ = try await pool.query("select pg_advisory_xact_lock(7)")
                        return 1
                    }
                    group.addTask(executorPreference: pool.loop) {
                        try await pool.query("select 2")[0].get(0)
                    }
                    #expect(try await group.next() == 2)
                    _ = try await holder.query("select pg_advisory_unlock(7)")
                    #expect(try await group.next() == 1)
                }
            }
        }
    }

    @Test func whoWaitsTooLongGetsATypedError() async throws {
        try await withPool(connections: 1, acquireTimeout: .seconds(1)) {
            (pool) async throws in
            try await pool.withConnection { _ in
                let error = await #expect(throws: DatabaseError.self) {
                    try await pool.withConnection { _ in }
                }
                #expect(error?.code == .poolExhausted && error?.isRetriable == true)
                let other = await #expect(throws: DatabaseError.self) {
                    try await pool.query("select 1")
                }
                #expect(other?.code == .poolExhausted)
            }
            #expect(try await pool.query("select 1").count == 1)
        }
    }

    @Test func oneWaiterTooManyIsRefusedAtOnce() async throws {
        try await withPool(connections: 1, waiters: 0) { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("select 1")
            }
            #expect(error?.code == .poolExhausted)
        }
    }

    @Test func aWaiterThatIsCancelledLeavesTheQueue() async throws {
        try await withPool(connections: 1) { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                let waiter = Task { try await pool.withConnection { _ in } }
                let statement = Task { try await pool.query("select 1") }
                waiter.cancel()
                statement.cancel()
                let error = await #expect(throws: DatabaseError.self) { try await waiter.value }
                #expect(error?.code == .cancelled)
                let other = await #expect(throws: DatabaseError.self) { try await statement.value }
                #expect(other?.code == .cancelled)
                #expect(try await connection.query("select 1").count == 1)
            }
        }
    }

    @Test func cancellingATaskStopsItsStatementOnTheServer() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                let backend = try await backend(connection)
                let sleeper = Task { try await connection.query("select pg_sleep(600)") }
                try await waitUntil(pool, backend, isRunning: "select pg_sleep(600)")
                sleeper.cancel()
                let error = await #expect(throws: DatabaseError.self) { try await sleeper.value }
                #expect(error?.code == .cancelled)
                #expect(try await self.backend(connection) == backend)
            }
        }
    }

    @Test func cancellingALargeReadStopsItOnTheServer() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                let backend = try await backend(connection)
                let reader = Task {
                    try await connection.queryBatches("select pg_sleep(600)") { _ in }
                }
                try await waitUntil(pool, backend, isRunning: "select pg_sleep(600)")
                reader.cancel()
                let error = await #expect(throws: DatabaseError.self) { try await reader.value }
                #expect(error?.code == .cancelled)
                #expect(try await self.backend(connection) == backend)
            }
        }
    }

    private func waitUntil(
        _ pool: DatabasePool, _ backend: Int, isRunning statement: String
    ) async throws {
        while try await pool.query(
            """
            select 1 from pg_stat_activity
            where pid = \(backend) and state = 'active' and query = \(statement)
            """
        ).isEmpty { try await pool.loop.sleep(for: .milliseconds(2)) }
    }

    @Test func aLostIdleConnectionIsReplacedUnseen() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            let victim: Int = try await pool.query("select pg_backend_pid()")[0].get(0)
            try await pool.withConnection { first in
                try await pool.withConnection { second in
                    let other = try await backend(first) == victim ? second : first
                    _ = try await other.query("select pg_terminate_backend(\(Int32(victim)), 5000)")
                }
            }
            for _ in 0..<5 {
                let now: Int = try await pool.query("select pg_backend_pid()")[0].get(0)
                #expect(now != victim)
            }
        }
    }

    /// What is too large for libpq's buffer meets the broken socket before all of it is sent.
    @Test(.timeLimit(.minutes(1)))
    func aRequestThatBreaksOffWhileItIsSentIsAnswered() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                let victim = try await backend(connection)
                // The loop does not hear of the end.
                connection.loop.perform {
                    connection.watch?.stop()
                    connection.watch = nil
                }
                try await pool.execute("select pg_terminate_backend(\(Int32(victim)), 5000)")
                let large = String(repeating: "a", count: 1 << 20)
                let error = await #expect(throws: DatabaseError.self) {
                    try await connection.pipeline([
                        "select \(large)", "select \(large)", "select \(large)",
                    ])
                }
                #expect(error?.code == .connectionLost && error?.isOutcomeUnknown == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aCancellationThatGetsNowhereEndsTheConnection() async throws {
        try await withPool(connections: 1) { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                connection.loop.perform {
                    connection.isCancelling = true
                    connection.checkPatience(.now + .seconds(3_600), grace: .zero)
                }
                let error = await #expect(throws: DatabaseError.self) {
                    try await connection.query("select 1")
                }
                #expect(error?.code == .closed)
            }
            #expect(try await pool.query("select 1").count == 1)
        }
    }

    @Test func aStatementUnderWayWhenItsConnectionIsLostHasAnUnknownOutcome() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.execute("create sequence s")
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("select nextval('s'), pg_terminate_backend(pg_backend_pid())")
            }
            #expect(error?.code == .connectionLost && error?.isOutcomeUnknown == true)
            #expect(error?.isRetriable == false)
            // Sent once only: a sequence keeps what a broken transaction took.
            #expect(
                try await pool.query("select nextval('s')")[0].get(0, as: Int.self) == 2)
        }
    }

    @Test func aReadOnlyStatementIsSentAgain() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.execute("create sequence s")
            let rows = try await pool.query(
                """
                select case when nextval('s') = 1 then pg_terminate_backend(pg_backend_pid()) end
                """, isReadOnly: true)
            #expect(rows.count == 1)
            #expect(
                try await pool.query("select nextval('s')")[0].get(0, as: Int.self) == 3)
        }
    }

    @Test func aTransactionThatLosesItsConnectionIsRetriable() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            try await pool.execute("create table t (a int)")
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction { (connection) async throws in
                    try await connection.execute("insert into t values (1)")
                    _ = try await connection.query("select pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(error?.code == .connectionLost && error?.isRetriable == true)
            #expect(try await pool.query("select * from t").isEmpty)
        }
    }

    /// The server ends a transaction that is idle for too long, or is ended itself, and nothing is
    /// under way then: the next statement was told that the pool was closed.
    @Test func aTransactionThatLosesItsConnectionBetweenStatementsIsRetriable() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.withTransaction { (connection) async throws in
                    let pid = try await backend(connection)
                    try await pool.execute("select pg_terminate_backend(\(pid)::int)")
                    while await isOpen(connection) { await Task.yield() }
                    try await connection.execute("create table t (a int)")
                }
            }
            #expect(error?.code == .connectionLost && error?.isRetriable == true)
        }
    }

    private func isOpen(_ connection: Connection) async -> Bool {
        await withUnsafeContinuation { continuation in
            connection.loop.perform { continuation.resume(returning: connection.isOpen) }
        }
    }

    @Test func aServerThatIsNotThereIsOneTypedError() async throws {
        let loop = EventLoop()
        let configuration = DatabaseConfiguration(
            url: "postgresql://souk:hidden@127.0.0.1:1/souk", acquireTimeout: .milliseconds(100))
        let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: .init())
        let error = await #expect(throws: DatabaseError.self) { try await pool.query("select 1") }
        #expect(error?.code == .unreachable && error?.isRetriable == true)
        #expect(error.map { "\($0)".contains("hidden") } == false)
        await pool.close()
        loop.stop()
    }

    @Test func aHostNameIsLookedUpOffTheLoop() async throws {
        let loop = EventLoop()
        let configuration = DatabaseConfiguration(
            url: "postgresql://souk@localhost:1/souk", acquireTimeout: .milliseconds(200))
        let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: .init())
        let error = await #expect(throws: DatabaseError.self) { try await pool.query("select 1") }
        #expect(error?.message.contains("127.0.0.1") == true)
        await pool.close()
        loop.stop()
    }

    @Test func anAbsentDatabaseIsToldAtOnce() async throws {
        try await TestDatabase.with { (configuration, loop) async throws in
            var absent = try configuration.replacing(database: "absent")
            absent.acquireTimeout = .seconds(600)
            let pool = DatabasePool(absent, loop: loop, logger: .silent, metrics: .init())
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("select 1")
            }
            #expect(error?.code == .unreachable)
            await pool.close()
        }
    }

    @Test func closingWaitsForWhatIsUnderWayAndRefusesWhatComes() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            let (started, feed) = AsyncStream.makeStream(of: Void.self)
            let work = Task {
                try await pool.withConnection { (connection) async throws in
                    feed.finish()
                    return try await connection.query("select pg_sleep(0.05), 7")[0].get(
                        1, as: Int.self)
                }
            }
            for await _ in started {}
            await pool.close()
            #expect(try await work.value == 7)
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("select 1")
            }
            #expect(error?.code == .closed)
        }
    }

    @Test func notificationsArriveUntilTheConnectionGoesBack() async throws {
        try await withPool(connections: 2) { (pool) async throws in
            let received = try await pool.withConnection { (connection) async throws in
                try await connection.listen("news")
                var notifications = connection.notifications.makeAsyncIterator()
                try await pool.execute("select pg_notify('news', \("one"))")
                try await pool.execute("select pg_notify('other', \("x"))")
                try await pool.execute("select pg_notify('news', \("two"))")
                return [try await notifications.next(), try await notifications.next()]
            }
            #expect(received.map { $0?.payload } == ["one", "two"])
            #expect(received.map { $0?.channel } == ["news", "news"])
        }
    }

    @Test func asAComponentItIsReadyOnceTheServerAnswersAndClosesOnShutdown() async throws {
        try await withPool(connections: 1) { (pool) async throws in
            let lifecycle = Lifecycle()
            let run = Task { try await pool.run(lifecycle) }
            await lifecycle.waitUntilReady()
            #expect(try await pool.query("select 1").count == 1)
            lifecycle.requestShutdown()
            try await run.value
            await #expect(throws: DatabaseError.self) { try await pool.query("select 1") }
        }
    }

    @Test func metricsTellConnectionsAndDurations() async throws {
        try await TestDatabase.with { (configuration, loop) async throws in
            let metrics = Metrics()
            let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: metrics)
            try await pool.withConnection { (connection) async throws in
                _ = try await connection.query("select 1")
                let text = metrics.render()
                #expect(text.contains("souk_database_pool_in_use{pool=\"souk-test\"} 1"))
                #expect(text.contains("souk_database_query_seconds_count{pool=\"souk-test\"} 1"))
                #expect(text.contains("souk_database_pool_timeouts_total{pool=\"souk-test\"} 0"))
            }
            await pool.close()
        }
    }

    @Test func aLockIsGivenUpWithItsConnectionWhateverHappened() async throws {
        struct Interrupted: Error {}
        try await withPool(connections: 2) { (pool) async throws in
            await #expect(throws: Interrupted.self) {
                try await pool.withConnection { (connection) async throws in
                    #expect(try await connection.tryLock("work"))
                    throw Interrupted()
                }
            }
            // Another connection, while the one that had it is lent elsewhere.
            try await pool.withConnection { (one) async throws in
                try await pool.withConnection { (two) async throws in
                    #expect(try await two.tryLock("work"))
                    #expect(try await !one.tryLock("work"))
                }
            }
        }
    }
}
