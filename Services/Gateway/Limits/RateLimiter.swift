internal import EventTypes
internal import Synchronization

/// Counts the requests of every client of this gateway, in memory of bounded size.
final class RateLimiter: Sendable {
    /// The most clients remembered; those whose quota is whole again are forgotten first, for which
    /// forgetting changes nothing.
    static let clientLimit = 200_000

    /// Whose requests are counted together.
    enum Client: Hashable, Sendable {
        case user(UserID)
        case key(String)
        case address(String)
    }

    private struct Key: Hashable {
        let client: Client
        let policy: String
    }

    private let arrivals = Mutex<[Key: Timestamp]>([:])
    private let clientLimit: Int

    init(clientLimit: Int = RateLimiter.clientLimit) {
        self.clientLimit = clientLimit
    }

    /// Counts one request of `client`, unless it is refused.
    func check(_ client: Client, _ policy: RatePolicy, now: Timestamp) -> RateDecision {
        let key = Key(client: client, policy: policy.name)
        return arrivals.withLock { arrivals in
            if arrivals.count >= clientLimit, arrivals[key] == nil {
                arrivals = arrivals.filter { $0.value > now }
                if arrivals.count >= clientLimit {
                    // Under a flood of new addresses nobody's count is dropped: newcomers wait.
                    return RateDecision(
                        isAllowed: false, remaining: 0, resetAfter: policy.window,
                        retryAfter: policy.window, arrival: now)
                }
            }
            let decision = RateDecision.decide(policy, arrival: arrivals[key], now: now)
            arrivals[key] = decision.arrival
            return decision
        }
    }
}
