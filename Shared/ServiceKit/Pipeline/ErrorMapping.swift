internal import Database
internal import EventStore
internal import HTTP
internal import Runtime

/// Turns whatever a handler threw into the problem that the client sees.
enum ErrorMapping {
    /// - Returns: the problem; nil for an error that nobody foresaw, which the client learns
    ///   nothing about.
    static func problem(of error: any Error) -> Problem? {
        switch error {
        case let error as any ProblemConvertible: error.problem
        case let error as EventStoreError: problem(of: error)
        case let error as DatabaseError where isPassing(error):
            .unavailable("The database cannot do this right now.")
        case is CancellationError: .unavailable("The request took too long.")
        default: nil
        }
    }

    /// Whether the same request may succeed later. With a statement whose outcome is unknown the
    /// client's idempotency key tells.
    private static func isPassing(_ error: DatabaseError) -> Bool {
        switch error.code {
        case .unreachable, .connectionLost, .timeout, .poolExhausted, .closed: true
        default: error.isRetriable
        }
    }

    private static func problem(of error: EventStoreError) -> Problem? {
        switch error {
        case .conflict: ProblemSlug.conflict.problem()
        case .expectedVersion: ProblemSlug.staleVersion.problem()
        case .claimTaken: ProblemSlug.alreadyTaken.problem()
        case .idempotencyMismatch: ProblemSlug.idempotencyKeyReused.problem()
        case .idempotencyInFlight: ProblemSlug.requestInProgress.problem()
        case .overloaded: .unavailable("There is more to do than can be done right now.")
        case .closed: .unavailable("The service is stopping.")
        case .outcomeUnknown:
            .unavailable(
                "It may or may not have been done: repeat it with the same Idempotency-Key.")
        default: nil
        }
    }
}
