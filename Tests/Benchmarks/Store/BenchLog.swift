import Database
import EventStore
import EventTypes
import Runtime

/// A log in a database of its own, put together as a service does it: everything on one loop.
struct BenchLog: Sendable {
    let configuration: DatabaseConfiguration
    let loop: EventLoop
    let pool: DatabasePool
    let store: PostgresEventStore
    let metrics = Metrics()
    let ids = UUIDv7Generator()

    static let schema = "bench"

    init(_ configuration: DatabaseConfiguration) {
        var configuration = configuration
        configuration.searchPath = Self.schema
        self.configuration = configuration
        loop = EventLoop(name: "bench")
        pool = DatabasePool(configuration, loop: loop, logger: .bench, metrics: metrics)
        store = PostgresEventStore(pool: pool, loop: loop, logger: .bench, metrics: metrics)
    }

    /// A log without events.
    static func empty(_ bench: Bench) async throws -> BenchLog {
        let log = BenchLog(try await bench.database())
        _ = try await Migrator(pool: log.pool, schema: schema, logger: .bench)
            .run(PostgresEventStore.migrations)
        return log
    }

    /// Runs the store, and what else is given, while `body` works; all on the log's loop.
    func running<R: Sendable>(
        _ others: [any Component] = [], _ body: () async throws -> R
    ) async throws -> R {
        let components: [any Component] = [store] + others
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var lifecycles: [Lifecycle] = []
            for component in components {
                let lifecycle = Lifecycle()
                lifecycles.append(lifecycle)
                group.addTask(executorPreference: loop) { try await component.run(lifecycle) }
                await lifecycle.waitUntilReady()
            }
            defer { for lifecycle in lifecycles.reversed() { lifecycle.requestShutdown() } }
            return try await body()
        }
    }

    /// Closes what it has open; the database stays until the run ends.
    func close() async {
        await pool.close()
        loop.stop()
    }

    /// Appends one posting to an account: load, decide, append, answer.
    ///
    /// - Returns: its position.
    @discardableResult
    func post(_ account: Int, _ amountMinor: Int64 = 100) async throws -> Int64 {
        let reference = ids.next(EventTag.self)
        let command = BenchAccount.Command(
            amountMinor: amountMinor, reference: reference, at: SystemClock().now())
        return try await store.commit(
            CommandContext(correlationID: CorrelationID(reference), actor: "service:bench")
        ) { unit in
            _ = try await unit.decide(BenchAccount.self, account, command)
        }.position
    }
}
