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

    /// Between two looks through a full memory, each of which takes a while.
    private static let sweepInterval: Duration = .seconds(1)

    private struct State {
        var arrivals: [Key: Timestamp] = [:]
        var sweptAt: Timestamp?

        mutating func makeRoom(_ now: Timestamp) {
            if let sweptAt, now.since(sweptAt) < sweepInterval, now >= sweptAt { return }
            arrivals = arrivals.filter { $0.value > now }
            sweptAt = now
        }
    }

    private let state = Mutex(State())
    private let clientLimit: Int

    init(clientLimit: Int = RateLimiter.clientLimit) {
        self.clientLimit = clientLimit
    }

    /// Counts one request of `client`, unless it is refused.
    func check(_ client: Client, _ policy: RatePolicy, now: Timestamp) -> RateDecision {
        let key = Key(client: client, policy: policy.name)
        return state.withLock { state in
            if state.arrivals.count >= clientLimit, state.arrivals[key] == nil {
                state.makeRoom(now)
                if state.arrivals.count >= clientLimit {
                    // Under a flood of new addresses nobody's count is dropped: newcomers wait.
                    return .noRoom(policy, now: now)
                }
            }
            // One look at the table for a client that is known and for one that is not.
            func count(_ arrival: inout Timestamp) -> RateDecision {
                let decision = RateDecision.decide(policy, arrival: arrival, now: now)
                arrival = decision.arrival
                return decision
            }
            return count(&state.arrivals[key, default: now])
        }
    }
}
