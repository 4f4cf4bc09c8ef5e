public import Database
public import EventTypes
public import Runtime
internal import Synchronization

/// The log of one schema in PostgreSQL: the schema that comes first on the pool's search path.
///
/// Its positions are 1, 2, 3, … in the order of commits, without holes. Units of work that wait are
/// gathered and committed in one round trip. States of recently used streams are kept in memory, so
/// that many units may be decided on one stream while the first is still being committed; each is
/// answered once it is durable itself.
///
/// As a component it commits; before `run` and after shutdown units are refused with
/// `EventStoreError.closed`. Reading needs no running.
public final class PostgresEventStore: EventStore, Component {
    /// The tables of the log, to be applied before a service's own migrations.
    public static let migrations: [Migration] = [
        Migration("m0001_event_store", PackageResources.m0001_event_store_sql),
        Migration("m0002_publishing", PackageResources.m0002_publishing_sql),
        Migration("m0003_parked", PackageResources.m0003_parked_sql),
        Migration("m0004_parked_once", PackageResources.m0004_parked_once_sql),
        Migration("m0005_missing", PackageResources.m0005_missing_sql),
        Migration("m0006_append_faster", PackageResources.m0006_append_faster_sql),
        Migration("m0007_chained", PackageResources.m0007_chained_sql),
        Migration("m0008_append_one", PackageResources.m0008_append_one_sql),
        Migration("m0009_timers_at_once", PackageResources.m0009_timers_at_once_sql),
    ]

    /// The schema that the log is in.
    public let schema: String
    /// Where the log stands, as last heard.
    public let tail: LogTail

    let pool: DatabasePool
    let loop: EventLoop
    let ids: any IdentifierGenerator
    let logger: Logger
    let meters: StoreMeters
    let queue: Mutex<PostgresCommitQueue>
    let work = WorkSignal()
    /// When the last batch was committed.
    let lastCommit = Mutex(ContinuousClock.now)
    let snapshots: SnapshotWriter
    let desk = NewsDesk()
    private let upcasterBox: Mutex<UpcasterChain>
    private let inFlight = Mutex<Set<IdempotencyKey>>([])

    /// - Parameters:
    ///   - clock: unused by the log itself, whose times are the database's.
    ///   - ids: for events.
    public convenience init(
        pool: DatabasePool, loop: EventLoop, clock: any WallClock = SystemClock(),
        ids: any IdentifierGenerator = UUIDv7Generator(), logger: Logger, metrics: Metrics,
        upcasters: UpcasterChain = .none
    ) {
        self.init(
            pool: pool, loop: loop, ids: ids, logger: logger, metrics: metrics,
            upcasters: upcasters, limits: CommitLimits())
    }

    init(
        pool: DatabasePool, loop: EventLoop, ids: any IdentifierGenerator = UUIDv7Generator(),
        logger: Logger, metrics: Metrics, upcasters: UpcasterChain = .none,
        limits: CommitLimits
    ) {
        self.pool = pool
        self.loop = loop
        self.ids = ids
        self.logger = logger
        schema = pool.configuration.firstSchema
        tail = LogTail(loop: loop)
        meters = StoreMeters(metrics)
        queue = Mutex(PostgresCommitQueue(limits: limits))
        snapshots = SnapshotWriter(pool: pool, logger: logger)
        upcasterBox = Mutex(upcasters)
    }

    /// How older forms of events are read.
    var upcasters: UpcasterChain { upcasterBox.withLock { $0 } }

    /// Sets how older forms of events are read. Call it before anything is read.
    public func use(_ upcasters: UpcasterChain) { upcasterBox.withLock { $0 = upcasters } }

    // MARK: EventStore

    public func commit<R: Codable & Sendable>(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> R
    ) async throws -> Committed<R> {
        guard let key = context.repeatKey else {
            return try await UnitRunner(backend: self).run(context, body)
        }
        guard inFlight.withLock({ $0.insert(key.name).inserted }) else {
            throw EventStoreError.idempotencyInFlight
        }
        defer { inFlight.withLock { _ = $0.remove(key.name) } }
        return try await UnitRunner(backend: self).run(context, body)
    }

    public func head() async throws -> Int64 {
        let rows = try await pool.query("select position from log_head", isReadOnly: true)
        guard let row = rows.first else { return 0 }
        let position: Int64 = try row.get(0)
        tail.advance(to: position)
        return position
    }

    /// As `readAll`, for those who follow the log: what this process has just written, or one of
    /// them has just read, is not asked for again.
    func news(after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        try await desk.events(after: position, limit: limit) {
            try await readAll(after: position, limit: limit)
        }
    }

    public func wait(beyond position: Int64, atMost limit: Duration) async {
        await tail.wait(beyond: position, atMost: limit)
    }

    public func load<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable
    ) async throws -> (state: D.State, version: Int64) {
        try await fetch(D.self, D.stream(key))
    }

    public func claimant(_ scope: String, _ key: String) async throws -> StreamID? {
        try await pool.query(
            """
            select stream from stream_claim where scope = \(scope)::text and key = \(key)::text
            """, isReadOnly: true
        ).first?.get(0)
    }
}

extension IdempotencyKey {
    /// What makes two keys the same key.
    fileprivate var name: IdempotencyKey {
        IdempotencyKey(scope: scope, key: key, fingerprint: [], lifetime: nil)
    }
}

extension DatabaseConfiguration {
    /// The schema in which unqualified names are made.
    var firstSchema: String {
        let first = searchPath?.prefix { $0 != "," } ?? "public"
        return first.filter { $0 != " " && $0 != "\"" }
    }
}

/// Units that wait together with whoever waits for their outcome.
typealias PostgresCommitQueue = CommitQueue<CheckedContinuation<UnitOutcome, Never>>
