internal import EventTypes

/// How many requests may be sent again: a share of those that came, and a few more, so that a
/// failing service does not get several times the usual load on top.
struct RetryBudget: Sendable {
    /// What every request allows of repeats.
    static let share = 0.2
    /// What every second allows besides, for times with few requests.
    static let perSecond = 1.0
    /// The most that is saved up.
    static let reserve = 20.0

    private var balance = RetryBudget.reserve
    private var countedAt: Timestamp?

    /// A request came.
    mutating func deposit() { balance = min(Self.reserve, balance + Self.share) }

    /// Whether one may be sent again; takes it from the budget.
    mutating func withdraw(_ now: Timestamp) -> Bool {
        if let countedAt, now > countedAt {
            let (seconds, attoseconds) = now.since(countedAt).components
            let passed = Double(seconds) + Double(attoseconds) / 1e18
            balance = min(Self.reserve, balance + passed * Self.perSecond)
        }
        countedAt = now
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }
}
