internal import EventTypes

/// How many requests somebody may make: `quota` in every `window`, spread evenly, with the whole
/// quota allowed at once after a rest.
struct RatePolicy: Sendable, Hashable {
    /// As it appears in the `RateLimit-Policy` header.
    let name: String
    let quota: Int
    let window: Duration
    /// The window in microseconds, the unit of time stamps.
    fileprivate let windowLength: Int64
    /// What the header says of it.
    let field: String
    /// What the header that says where a client stands begins with.
    let standing: String

    init(name: String, quota: Int, window: Duration) {
        self.name = name
        self.quota = quota
        self.window = window
        let (seconds, attoseconds) = window.components
        windowLength = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        field = "\"\(name)\";q=\(quota);w=\(seconds)"
        standing = "\"\(name)\";r="
    }

    /// The time that so many requests are worth, in microseconds.
    fileprivate func worth(_ requests: Int) -> Int64 {
        windowLength * Int64(requests) / Int64(quota)
    }
}

/// What the generic cell rate algorithm says of one request (ITU-T I.371, in its virtual scheduling
/// form). One instant a client is the whole state.
struct RateDecision: Sendable, Equatable {
    let isAllowed: Bool
    /// Requests that would be allowed right now.
    let remaining: Int
    /// Until the whole quota is free again, in microseconds.
    let resetAfter: Int64
    /// Until the next request would be allowed, in microseconds; zero when this one is.
    let retryAfter: Int64
    /// The state to keep: the instant at which the client's quota is whole again.
    let arrival: Timestamp

    /// - Parameter arrival: the state kept from the last request; nil for a new client.
    static func decide(
        _ policy: RatePolicy, arrival: Timestamp?, now: Timestamp, cost: Int = 1
    ) -> RateDecision {
        let now = now.microseconds
        let start = max(arrival?.microseconds ?? now, now)
        let next = start + policy.worth(cost)
        let allowedAt = next - policy.windowLength
        if allowedAt > now {
            return RateDecision(
                isAllowed: false, remaining: remaining(policy, start - now),
                resetAfter: start - now, retryAfter: allowedAt - now,
                arrival: Timestamp(microseconds: start))
        }
        return RateDecision(
            isAllowed: true, remaining: remaining(policy, next - now), resetAfter: next - now,
            retryAfter: 0, arrival: Timestamp(microseconds: next))
    }

    /// The decision for a client of whom nothing is known because there is no room.
    static func noRoom(_ policy: RatePolicy, now: Timestamp) -> RateDecision {
        RateDecision(
            isAllowed: false, remaining: 0, resetAfter: policy.windowLength,
            retryAfter: policy.windowLength, arrival: now)
    }

    private static func remaining(_ policy: RatePolicy, _ taken: Int64) -> Int {
        let interval = Double(policy.windowLength) / Double(policy.quota)
        return max(0, Int(Double(policy.windowLength - taken) / interval))
    }
}
