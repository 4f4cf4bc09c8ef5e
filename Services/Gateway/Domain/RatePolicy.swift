internal import EventTypes

/// How many requests somebody may make: `quota` in every `window`, spread evenly, with the whole
/// quota allowed at once after a rest.
struct RatePolicy: Sendable, Hashable {
    /// As it appears in the `RateLimit-Policy` header.
    let name: String
    let quota: Int
    let window: Duration
    /// The time that one request is worth.
    let interval: Duration
    /// What the header says of it.
    let field: String

    init(name: String, quota: Int, window: Duration) {
        self.name = name
        self.quota = quota
        self.window = window
        interval = window / quota
        field = "\"\(name)\";q=\(quota);w=\(window.components.seconds)"
    }
}

/// What the generic cell rate algorithm says of one request (ITU-T I.371, in its virtual scheduling
/// form). One instant a client is the whole state.
struct RateDecision: Sendable, Equatable {
    let isAllowed: Bool
    /// Requests that would be allowed right now.
    let remaining: Int
    /// Until the whole quota is free again.
    let resetAfter: Duration
    /// Until the next request would be allowed; zero when this one is.
    let retryAfter: Duration
    /// The state to keep: the instant at which the client's quota is whole again.
    let arrival: Timestamp

    /// - Parameter arrival: the state kept from the last request; nil for a new client.
    static func decide(
        _ policy: RatePolicy, arrival: Timestamp?, now: Timestamp, cost: Int = 1
    ) -> RateDecision {
        let start = max(arrival ?? now, now)
        let next = start + policy.interval * cost
        let allowedAt = next - policy.window
        if allowedAt > now {
            return RateDecision(
                isAllowed: false, remaining: remaining(policy, start, now),
                resetAfter: start.since(now), retryAfter: allowedAt.since(now), arrival: start)
        }
        return RateDecision(
            isAllowed: true, remaining: remaining(policy, next, now),
            resetAfter: next.since(now), retryAfter: .zero, arrival: next)
    }

    private static func remaining(
        _ policy: RatePolicy, _ arrival: Timestamp, _ now: Timestamp
    ) -> Int {
        max(0, Int((policy.window - arrival.since(now)) / policy.interval))
    }
}
