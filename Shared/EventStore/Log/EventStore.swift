public import EventTypes

/// One append-only log with its streams, claims and outcomes.
public protocol EventStore: Sendable {
    /// Runs `body`, then commits what it gathered as one unit: all or nothing.
    ///
    /// `body` runs again when a stream that it loaded has moved on, so it must have no effects but
    /// those on the unit. What it throws is thrown, after it was made sure that the states it
    /// looked at are the present ones. When the same command was done before, its result is
    /// returned and nothing is done.
    ///
    /// - Returns: once the unit is durable.
    /// - Throws: what `body` throws, or `EventStoreError`.
    func commit<R: Codable & Sendable>(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> R
    ) async throws -> Committed<R>

    /// Events of a stream after `version`, in order, at most `limit`.
    func read(_ stream: StreamID, after version: Int64, limit: Int) async throws -> [RecordedEvent]

    /// Events of the log after `position`, in order, at most `limit`.
    func readAll(after position: Int64, limit: Int) async throws -> [RecordedEvent]

    /// The position of the last event; 0 for an empty log.
    func head() async throws -> Int64

    /// Returns once the log is known to be beyond `position`, after `limit`, or when the task is
    /// cancelled: for those who follow the log.
    func wait(beyond position: Int64, atMost limit: Duration) async

    /// The durable state of a stream and its version; 0 for a stream without events.
    func load<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable
    ) async throws -> (state: D.State, version: Int64)

    /// The stream that holds a claim; nil when it is free.
    func claimant(_ scope: String, _ key: String) async throws -> StreamID?
}

extension EventStore {
    /// Commits a unit that has no result.
    @discardableResult
    public func commit(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> Void
    ) async throws -> Committed<NoResult> {
        try await commit(context) { unit in
            try await body(unit)
            return NoResult()
        }
    }
}
