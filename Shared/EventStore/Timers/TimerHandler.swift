public import EventTypes

/// A timer whose time has come.
public struct DueTimer: Sendable, Hashable {
    public let kind: String
    public let key: String
    /// When it was to be handled.
    public let due: Timestamp
    /// The database's time when it was found due.
    public let now: Timestamp
    public let payload: [UInt8]
    /// How often it was tried before.
    public let attempts: Int

    public init(
        kind: String, key: String, due: Timestamp, now: Timestamp, payload: [UInt8],
        attempts: Int = 0
    ) {
        self.kind = kind
        self.key = key
        self.due = due
        self.now = now
        self.payload = payload
        self.attempts = attempts
    }
}

/// What is done about due timers of one kind.
public struct TimerHandler: Sendable {
    public let kind: String
    /// Handles one timer; committed together with the timer's removal. A timer whose handler throws
    /// is tried again later, ever more rarely.
    public let handle: @Sendable (DueTimer, UnitOfWork) async throws -> Void

    public init(
        kind: String,
        handle: @escaping @Sendable (DueTimer, UnitOfWork) async throws -> Void
    ) {
        self.kind = kind
        self.handle = handle
    }
}
