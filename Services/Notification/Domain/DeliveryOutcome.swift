internal import EventTypes

/// What became of one attempt to hand a message to the mail server.
enum DeliveryOutcome: Sendable, Hashable {
    /// The server took responsibility for it.
    case accepted
    /// It certainly did not leave; another attempt may go better.
    case postponed(DeliveryReason, replyCode: Int? = nil)
    /// It certainly did not leave, and no attempt will go better.
    case refused(DeliveryReason, replyCode: Int? = nil)
    /// It may have left.
    case uncertain(DeliveryReason)
}

/// When a message that did not leave is tried again.
struct RetryPlan: Sendable, Hashable {
    /// The pause after the first attempt; it doubles with each.
    let first: Duration
    let longest: Duration
    /// How long after the request the message is still worth sending.
    let lifetime: Duration

    /// Codes are of use for a quarter of an hour, and people wait for them.
    static let code = RetryPlan(
        first: .seconds(1), longest: .seconds(60), lifetime: .seconds(15 * 60))
    static let notice = RetryPlan(
        first: .seconds(2), longest: .seconds(3_600), lifetime: .seconds(2 * 86_400))

    /// Codes expire; everything else is worth sending for longer.
    init(template: String) {
        self = PreferenceSubject(template) == .verification ? .code : .notice
    }

    init(first: Duration, longest: Duration, lifetime: Duration) {
        self.first = first
        self.longest = longest
        self.lifetime = lifetime
    }

    /// - Parameters:
    ///   - failures: how often it was postponed before.
    ///   - stretch: 0 to 1; makes the pause up to a quarter longer, so that not all come at once.
    /// - Returns: nil when it will not be worth sending by then.
    func due(
        afterFailures failures: Int, at now: Timestamp, requestedAt: Timestamp, stretch: Double
    ) -> Timestamp? {
        let pause = min(longest, first * (1 << min(max(failures, 0), 20)))
        let due = now + pause + pause * (min(max(stretch, 0), 1) / 4)
        return due.since(requestedAt) <= lifetime ? due : nil
    }

    func isExpired(at now: Timestamp, requestedAt: Timestamp) -> Bool {
        now.since(requestedAt) > lifetime
    }
}
