public import Runtime
internal import Synchronization

/// How far transactions see each other (PostgreSQL, "Transaction Isolation").
public enum Isolation: String, Sendable {
    case readCommitted = "read committed"
    case repeatableRead = "repeatable read"
    case serializable
}

/// The connections of a program to one database, all on one loop.
///
/// Connections open when they are needed. Callers beyond the configuration's `connections` wait in
/// order, at most `waitersLimit` of them and for at most `acquireTimeout`; then they get
/// `DatabaseError` with `.poolExhausted`, or `.unreachable` when no connection could be made. A
/// server that does not answer is tried again until then.
///
/// Callable from any task; cheapest from one that is pinned to `loop`.
public final class DatabasePool: Component, @unchecked Sendable {
    // Safety of `@unchecked`: `lending` is confined to the loop's thread; public methods hop there.

    /// How often a statement that was surely not carried out is tried again after its connection
    /// was lost.
    static let resendLimit = 2

    /// The loop that all its connections are on.
    public let loop: EventLoop
    /// What it was made with.
    public let configuration: DatabaseConfiguration
    let logger: Logger
    let lending: Lending

    /// Usable at once; `run` only keeps it until shutdown and then closes it.
    public init(
        _ configuration: DatabaseConfiguration, loop: EventLoop, logger: Logger, metrics: Metrics
    ) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        lending = Lending(
            configuration, loop: loop, logger: logger,
            metrics: PoolMetrics(metrics, name: configuration.applicationName))
    }

    /// Ready once the server answers; closes on shutdown, after what is under way has ended.
    public func run(_ lifecycle: Lifecycle) async throws {
        _ = try await query("select 1", isReadOnly: true)
        lifecycle.ready()
        await lifecycle.shutdownRequested()
        await close()
    }

    // MARK: Single statements

    /// Runs one statement by itself and returns its rows.
    ///
    /// A statement that was not sent when its connection was lost is sent again by itself.
    ///
    /// - Parameters:
    ///   - isReadOnly: promises that the statement changes nothing, so that it may be sent again
    ///     even after it was sent.
    ///   - timeout: the longest it may run, when less than the configuration's `statementTimeout`.
    public func query(
        _ sql: SQL, isReadOnly: Bool = false, timeout: Duration? = nil
    ) async throws -> [Row] {
        try await single([sql], isReadOnly: isReadOnly, timeout: timeout)[0].rows
    }

    /// Runs one statement by itself and returns how many rows it touched.
    @discardableResult
    public func execute(_ sql: SQL, timeout: Duration? = nil) async throws -> Int {
        try await single([sql], isReadOnly: false, timeout: timeout)[0].affected
    }

    /// Runs several statements as one transaction in one round trip; see `Connection.pipeline`.
    public func pipeline(_ statements: [SQL]) async throws -> [[Row]] {
        if statements.isEmpty { return [] }
        return try await single(statements, isReadOnly: false, timeout: nil).map(\.rows)
    }

    private func single(
        _ statements: [SQL], isReadOnly: Bool, timeout: Duration?
    ) async throws -> [QueryResult] {
        var resends = 0
        while true {
            do {
                return try await lending.perform(
                    Request(
                        statements, prefix: timeout.map(SQL.settingStatementTimeout),
                        isShared: true))
            } catch let error as DatabaseError
                where error.code == .connectionLost && (isReadOnly || !error.isOutcomeUnknown)
            {
                resends += 1
                if resends > Self.resendLimit { throw error }
            }
        }
    }

    // MARK: Lending

    /// Lends a connection to `body`, alone.
    public func withConnection<R>(_ body: (Connection) async throws -> R) async throws -> R {
        let connection = try await lending.acquire()
        defer { loop.perform { connection.giveBack() } }
        return try await body(connection)
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Parameter statementTimeout: the longest each statement in it may run.
    /// - Throws: what `body` throws, or `DatabaseError`: `.transactionFailed` when `body` swallowed
    ///   the failure of a statement; with `isOutcomeUnknown` when the connection is lost during
    ///   the commit.
    public func withTransaction<R>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false,
        statementTimeout: Duration? = nil, _ body: (Connection) async throws -> R
    ) async throws -> R {
        try await withConnection { connection in
            try await connection.withTransaction(
                isolation: isolation, readOnly: readOnly, statementTimeout: statementTimeout, body)
        }
    }

    /// Refuses new callers, waits until lent connections are back, and closes them all. When the
    /// task is cancelled meanwhile, what is under way is cut off.
    public func close() async { await lending.close() }
}
