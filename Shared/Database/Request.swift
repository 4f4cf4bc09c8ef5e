/// Statements sent together and answered together, up to one synchronization point.
///
/// States: waiting (not sent) → sent → done. Resumed exactly once, by whoever takes `continuation`.
final class Request: @unchecked Sendable {
    // Safety of `@unchecked`: made by the caller, then confined to the loop.

    /// What the next result of the server belongs to.
    enum Step {
        /// A statement of the caller's.
        case statement(Int)
        /// The preparation of that statement.
        case preparation(Int, StatementCache.Prepared)
        /// Something of ours that the caller does not see.
        case hidden
    }

    let statements: [SQL]
    /// Runs before the caller's, in the same implicit transaction.
    let prefix: SQL?
    /// Whether it may share a connection with other callers.
    let isShared: Bool
    /// The pool's own (begin, reset): its failure ends the connection.
    var isMaintenance = false

    var continuation: UnsafeContinuation<[QueryResult], any Error>?
    var steps: [Step] = []
    var step = 0
    var results: [QueryResult] = []
    var error: DatabaseError?
    /// How each statement was sent, to take layouts from and to forget what went stale.
    var prepared: [StatementCache.Prepared?] = []
    var start: ContinuousClock.Instant?
    var isSent = false
    weak var connection: Connection?
    var wasCancelled = false
    /// A stale plan is sent again once only.
    var wasResent = false

    init(_ statements: [SQL], prefix: SQL? = nil, isShared: Bool = false) {
        self.statements = statements
        self.prefix = prefix
        self.isShared = isShared
    }

    /// Why it cannot be sent at all.
    var refusal: DatabaseError? {
        if wasCancelled { return .cancelledBeforeSending }
        for (index, statement) in statements.enumerated() {
            var message = statement.parameters.fault
            if statement.parameters.entries.count > SQLParameters.limit {
                message = "A statement binds more than \(SQLParameters.limit) values."
            }
            guard let message else { continue }
            var error = DatabaseError(.invalidParameter, message)
            error.statementIndex = statements.count > 1 ? index : nil
            return error
        }
        return nil
    }

    func finish(_ outcome: Result<[QueryResult], DatabaseError>) {
        guard let continuation = continuation.take() else { return }
        switch outcome {
        case .success(let results): continuation.resume(returning: results)
        case .failure(let error): continuation.resume(throwing: error)
        }
    }

    /// Back to the state before it was sent.
    func rewind() {
        steps = []
        step = 0
        results = []
        prepared = []
        error = nil
        isSent = false
    }
}
