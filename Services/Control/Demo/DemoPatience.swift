/// How long one request is tried, and how long to pause in between.
struct DemoPatience: Sendable {
    /// With a platform that is silent or fails.
    static let limit: Duration = .seconds(90)
    /// With one that says when to come back, as it does to many people behind one address.
    static let limitWhenTold: Duration = .seconds(3_600)
    static let firstPause: Duration = .milliseconds(50)
    static let longestPause: Duration = .seconds(2)

    private let began: ContinuousClock.Instant
    private var deadline: ContinuousClock.Instant
    private var pause = firstPause

    init(now: ContinuousClock.Instant) {
        began = now
        deadline = now + Self.limit
    }

    /// - Parameter told: what a limit of requests says is to be waited; nil for any other failure.
    /// - Returns: how long to pause before the next try; nil when there is to be none.
    mutating func next(told: Duration?, now: ContinuousClock.Instant) -> Duration? {
        let own = pause
        pause = min(pause * 2, Self.longestPause)
        guard let told else { return now < deadline ? own : nil }
        let wait = max(own, told)
        guard now + wait <= began + Self.limitWhenTold else { return nil }
        // Whoever says when to come back is there: what was silent before counts no more.
        deadline = max(deadline, now + wait + Self.limit)
        return wait
    }
}
