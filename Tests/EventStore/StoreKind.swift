import Database
import EventStore
import Runtime
import TestSupport

/// The stores that the contract suite runs over.
enum StoreKind: String, Sendable, CaseIterable {
    case memory
    case postgres

    static var all: [StoreKind] { allCases }

    /// Lends an empty store.
    func with(_ body: @Sendable (any EventStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryEventStore())
        case .postgres: try await TestLog.with { try await body($0.store) }
        }
    }
}

/// A running log in a database of its own.
struct TestLog: Sendable {
    let store: PostgresEventStore
    let pool: DatabasePool
    let loop: EventLoop
    let metrics: Metrics
    let ids = UUIDv7Generator()

    static let schema = "shop"

    static func with(_ body: @Sendable (TestLog) async throws -> Void) async throws {
        try await TestDatabase.with { configuration, loop in
            let log = TestLog(configuration, loop)
            _ = try await Migrator(pool: log.pool, schema: schema, logger: .silent)
                .run(PostgresEventStore.migrations)
            try await log.running { try await body(log) }
            await log.pool.close()
        }
    }

    init(_ configuration: DatabaseConfiguration, _ loop: EventLoop) {
        var configuration = configuration
        configuration.searchPath = Self.schema
        self.loop = loop
        metrics = Metrics()
        pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: metrics)
        store = PostgresEventStore(pool: pool, loop: loop, logger: .silent, metrics: metrics)
    }

    /// Runs the store while `body` works.
    func running(_ body: () async throws -> Void) async throws {
        let lifecycle = Lifecycle()
        async let done: Void = store.run(lifecycle)
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
}
