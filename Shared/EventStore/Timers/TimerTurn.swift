/// What a worker does with one timer that it has leased. Pure.
struct TimerTurn: Sendable, Equatable {
    enum Action: Sendable, Equatable {
        /// Handle it and remove it, in one transaction that needs the lease.
        case handle
        /// Give the lease back, and let nobody try again before a pause is over.
        case postpone(Duration)
        case done
    }

    /// The longest pause after a failure.
    static let longestPause: Duration = .seconds(3_600)

    /// Attempts that failed before, this worker's or others'.
    private let attempts: Int
    private(set) var next = Action.handle

    init(attempts: Int) { self.attempts = attempts }

    mutating func committed() { next = .done }

    /// The lease was lost: the timer was set anew, cancelled, or leased to another worker.
    mutating func wasGone() { next = .done }

    mutating func failed() {
        next = .postpone(min(Self.longestPause, .seconds(1 << min(attempts, 12))))
    }

    mutating func postponed() { next = .done }
}
