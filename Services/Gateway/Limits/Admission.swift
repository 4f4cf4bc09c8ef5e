internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Who may make how many requests.
struct RateRules: Sendable {
    static let window: Duration = .seconds(60)

    /// For everything, by user, partner or address.
    let usual: RatePolicy
    /// For signing in, registering and codes, by address, besides the usual one.
    let signIn: RatePolicy
    /// For what other companies' machines send, by address, in place of the usual one.
    let callbacks: RatePolicy

    init(usual: Int, signIn: Int, callbacks: Int) {
        self.usual = RatePolicy(name: "default", quota: usual, window: Self.window)
        self.signIn = RatePolicy(name: "sign-in", quota: signIn, window: Self.window)
        self.callbacks = RatePolicy(name: "callbacks", quota: callbacks, window: Self.window)
    }

    /// What a route is to the limits.
    enum Kind: Sendable, Hashable {
        case usual
        case signIn
        case callback
    }
}

/// Lets requests in as the limits allow, and says so in header fields
/// (draft-ietf-httpapi-ratelimit-headers-10).
final class Admission: Sendable {
    private let rules: RateRules
    private let limiter: RateLimiter
    private let clock: any WallClock

    init(rules: RateRules, limiter: RateLimiter, clock: any WallClock) {
        self.rules = rules
        self.limiter = limiter
        self.clock = clock
    }

    /// Counts a request.
    ///
    /// - Returns: the fields that tell the client where it stands.
    /// - Throws: `Problem` 429, with the same fields.
    func admit(
        _ kind: RateRules.Kind, caller: Caller, partner: PartnerKeys.Partner? = nil,
        address: String
    ) throws -> HTTPHeaders {
        var byAddress: RateLimiter.Client {
            .address(IPAddress(address)?.networkName ?? address)
        }
        let own: (RateLimiter.Client, RatePolicy)
        if let partner {
            let policy = RatePolicy(
                name: "partner", quota: partner.perMinute, window: RateRules.window)
            own = (.key(partner.name), policy)
        } else if case .person(let identity) = caller {
            own = (.user(identity.userID), rules.usual)
        } else {
            own = (byAddress, rules.usual)
        }
        return switch kind {
        case .callback: try check([(byAddress, rules.callbacks)])
        case .signIn: try check([(byAddress, rules.signIn), own])
        case .usual: try check([own])
        }
    }

    private func check(_ wanted: [(RateLimiter.Client, RatePolicy)]) throws -> HTTPHeaders {
        let now = clock.now()
        var policies = ""
        var standings = ""
        var wait: Int64?
        for (client, policy) in wanted {
            let decision = limiter.check(client, policy, now: now)
            if !policies.isEmpty {
                policies += ", "
                standings += ", "
            }
            policies += policy.field
            standings += policy.standing
            standings += "\(decision.remaining);t=\(Self.seconds(decision.resetAfter))"
            if !decision.isAllowed {
                wait = max(wait ?? 0, decision.retryAfter)
                break
            }
        }
        var fields = HTTPHeaders()
        fields.add("RateLimit-Policy", policies)
        fields.add("RateLimit", standings)
        guard let wait else { return fields }
        let seconds = max(1, Self.seconds(wait))
        var problem = ProblemSlug.tooManyRequests.problem("Try again in \(seconds) s.")
        problem.headers = fields
        problem.headers.set("Retry-After", "\(seconds)")
        throw problem
    }

    /// Whole seconds of so many microseconds, rounded up.
    private static func seconds(_ microseconds: Int64) -> Int64 {
        (microseconds + 999_999) / 1_000_000
    }
}
