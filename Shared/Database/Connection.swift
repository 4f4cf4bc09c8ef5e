internal import CPostgres
internal import Runtime

/// One session with the server, lent by the pool to one caller at a time.
///
/// Callable from any task; cheapest from one that is pinned to the pool's loop. Statements that are
/// asked for concurrently run in the order of the calls, each sent without waiting for the one
/// before (pipelining). Use it only inside the closure it was lent to. Settings changed by `SET`
/// are reset when it goes back; prefer `SET LOCAL` in a transaction.
public final class Connection: @unchecked Sendable {
    // Safety of `@unchecked`: everything is confined to the loop's thread; public methods hop
    // there.

    /// See `notifications`.
    public static let notificationLimit = 1_024

    let loop: EventLoop
    /// Libpq's, closed by `close(_:)` only.
    var handle: OpaquePointer?
    /// What whoever has it is told once it is closed.
    var ending = DatabaseError.closed
    var watch: FileDescriptorWatch?
    var cache: StatementCache
    weak var owner: (any ConnectionOwner)?

    var waiting = FIFO<Turn>()
    var inFlight = FIFO<Request>()
    var direct: DirectTurn?
    /// A cancel request is on its way to the server; nothing is sent meanwhile, lest it hit that.
    var isCancelling = false
    var isInterestedInWriting = false
    /// `SET` was used: settings are reset when the connection goes back.
    var isChanged = false
    /// Whether an advisory lock was asked for since it was lent.
    var mayHoldLocks = false
    var isListening = false
    /// Lent by `withConnection`; requests of others stay away.
    var isLent = false
    var isReturning = false
    /// Of the transaction at hand, when it has its own; else the configuration's.
    var statementLimit: Duration
    let configuredLimit: Duration
    /// When the server was last heard of, or asked after a pause.
    var lastProgress = ContinuousClock.now
    var idleSince = ContinuousClock.now
    var subscribers: [AsyncThrowingStream<DatabaseNotification, any Error>.Continuation] = []
    var scratch = ParameterScratch()

    /// Whose turn it is once what is in flight allows.
    enum Turn {
        case request(Request)
        case direct(DirectTurn)
    }

    /// Takes ownership of a connected `handle`; on the loop.
    init(
        owning handle: OpaquePointer, on loop: EventLoop, _ configuration: DatabaseConfiguration,
        owner: any ConnectionOwner
    ) {
        self.loop = loop
        self.handle = handle
        self.owner = owner
        cache = StatementCache(capacity: configuration.preparedStatements)
        statementLimit = configuration.statementTimeout
        configuredLimit = configuration.statementTimeout
        watch = FileDescriptorWatch(PQsocket(handle), on: loop) { [weak self] ready in
            self?.becameReady(ready)
        }
        watch?.wait(for: .readable)
    }

    deinit {
        if let handle { PQfinish(handle) }
    }

    var isOpen: Bool { handle != nil }
    var isBusy: Bool {
        !inFlight.isEmpty || !waiting.isEmpty || direct != nil || isCancelling
    }

    // MARK: Statements

    /// Runs one statement and returns its rows. Outside a transaction it commits by itself.
    public func query(_ sql: SQL) async throws -> [Row] {
        try await perform(Request([sql]))[0].rows
    }

    /// Runs one statement and returns how many rows it touched.
    @discardableResult
    public func execute(_ sql: SQL) async throws -> Int {
        try await perform(Request([sql]))[0].affected
    }

    /// Runs several statements in one round trip and, outside a transaction, as one implicit
    /// transaction: when one fails nothing of the others stays.
    ///
    /// - Returns: the rows of each statement.
    /// - Throws: `DatabaseError` whose `statementIndex` says which one failed.
    public func pipeline(_ statements: [SQL]) async throws -> [[Row]] {
        if statements.isEmpty { return [] }
        return try await perform(Request(statements)).map(\.rows)
    }

    /// Like `pipeline`, returning how many rows each statement touched.
    @discardableResult
    public func pipelineExecute(_ statements: [SQL]) async throws -> [Int] {
        if statements.isEmpty { return [] }
        return try await perform(Request(statements)).map(\.affected)
    }

    /// Sends the request and waits for its answer; the cancellation of the task reaches the server
    /// unless `ignoringCancellation`.
    func perform(
        _ request: Request, ignoringCancellation: Bool = false
    ) async throws -> [QueryResult] {
        if ignoringCancellation { return try await submit(request) }
        if Task.isCancelled { throw DatabaseError.cancelledBeforeSending }
        return try await withTaskCancellationHandler {
            try await submit(request)
        } onCancel: {
            loop.submit { self.cancel(request) }
        }
    }

    private func submit(_ request: Request) async throws -> [QueryResult] {
        try await withUnsafeThrowingContinuation { continuation in
            loop.perform {
                request.continuation = continuation
                self.enqueue(request)
            }
        }
    }
}

/// Who lends connections: told when one has nothing to do, and when one is gone.
protocol ConnectionOwner: AnyObject, Sendable {
    func connectionHasRoom(_ connection: Connection)
    func connectionIsLost(_ connection: Connection, _ error: DatabaseError)
    func didFinish(_ request: Request, _ duration: Duration, _ error: DatabaseError?)
}

extension EventLoop {
    /// At once when called on the loop, else soon.
    func perform(_ body: @escaping @Sendable () -> Void) {
        if isCurrent { body() } else { submit(body) }
    }
}

extension DatabaseError {
    static let cancelledBeforeSending = DatabaseError(.cancelled, "The task was cancelled.")
    static let closed = DatabaseError(.closed, "The connection is closed.")
}
