internal import Crypto
internal import EventTypes
internal import HTTP
internal import Runtime
internal import Synchronization

/// The public keys of access tokens, fetched when they are first needed and kept.
///
/// Keys are fetched anew when they are older than `maximumAge`, or when a token names a key that is
/// not there, but never more often than every `minimumInterval`. While the source does not answer,
/// the last good keys go on being used. Callers that need the same fetch share it.
final class AccessKeyCache: Sendable {
    static let maximumAge: Duration = .seconds(300)
    static let minimumInterval: Duration = .seconds(5)
    /// Between fetches while there is no key at all.
    static let retryInterval: Duration = .seconds(1)

    /// Keys as of one fetch.
    final class Edition: Sendable {
        let keys: JWKSet
        let verifier: JWTVerifier
        let number: Int

        init(keys: JWKSet, verifier: JWTVerifier, number: Int) {
            self.keys = keys
            self.verifier = verifier
            self.number = number
        }
    }

    private struct State {
        var edition: Edition?
        var fetchedAt: Timestamp?
        var attemptedAt: Timestamp?
        var isFetching = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private enum Step {
        case use(Edition)
        case fetch
        case wait
        case giveUp
    }

    private let state = Mutex(State())
    private let source: @Sendable () async throws -> JWKSet
    private let issuer: String
    private let clock: any WallClock
    private let logger: Logger

    init(
        issuer: String, clock: any WallClock, logger: Logger,
        source: @escaping @Sendable () async throws -> JWKSet
    ) {
        self.issuer = issuer
        self.clock = clock
        self.logger = logger
        self.source = source
    }

    /// The keys at hand, fetched first where there are none or they are old.
    ///
    /// - Throws: `Problem` 503 when there are none to be had.
    func keys() async throws -> Edition {
        try await keys { state, now in
            guard let edition = state.edition else {
                return Self.isDue(state, now, after: Self.retryInterval) ? .fetch : .giveUp
            }
            let isOld = state.fetchedAt.map { now.since($0) > Self.maximumAge } ?? true
            return isOld && Self.isDue(state, now, after: Self.minimumInterval)
                ? .fetch : .use(edition)
        }
    }

    /// The keys at hand where they are not old; nil where `keys` would have to fetch some.
    func fresh() -> Edition? {
        let now = clock.now()
        return state.withLock { state in
            guard let fetchedAt = state.fetchedAt, now.since(fetchedAt) <= Self.maximumAge else {
                return nil
            }
            return state.edition
        }
    }

    /// The keys after a token named one that `known` does not have: a later edition where there is
    /// one or it may be fetched now, otherwise nil.
    func keys(after known: Edition) async throws -> Edition? {
        let edition = try await keys { state, now in
            if let edition = state.edition, edition.number > known.number { return .use(edition) }
            return Self.isDue(state, now, after: Self.minimumInterval) ? .fetch : .use(known)
        }
        return edition.number > known.number ? edition : nil
    }

    private static func isDue(_ state: State, _ now: Timestamp, after interval: Duration) -> Bool {
        state.attemptedAt.map { now.since($0) >= interval } ?? true
    }

    private func keys(_ decide: (State, Timestamp) -> Step) async throws -> Edition {
        while true {
            let now = clock.now()
            let step = state.withLock { state -> Step in
                let step = decide(state, now)
                if state.isFetching {
                    // Old keys are better than waiting; none are not.
                    if case .use = step { return step }
                    return .wait
                }
                if case .fetch = step {
                    state.isFetching = true
                    state.attemptedAt = now
                }
                return step
            }
            switch step {
            case .use(let edition): return edition
            case .giveUp: throw Problem.unavailable("Access tokens cannot be verified right now.")
            case .wait: await waitForFetch()
            case .fetch:
                if let edition = await fetch(at: now) { return edition }
            }
        }
    }

    private func fetch(at now: Timestamp) async -> Edition? {
        let result: Result<JWKSet, any Error>
        do {
            result = .success(try await source())
        } catch {
            result = .failure(error)
            logger.warning("the keys of access tokens could not be fetched", ["error": "\(error)"])
        }
        let (edition, waiters) = state.withLock { state in
            if case .success(let keys) = result {
                let number = (state.edition?.number ?? 0) + 1
                let verifier = JWTVerifier(
                    keys: keys, issuer: issuer, audience: AccessClaims.audience, clock: clock)
                state.edition = Edition(keys: keys, verifier: verifier, number: number)
                state.fetchedAt = now
            }
            state.isFetching = false
            defer { state.waiters = [] }
            return (state.edition, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return edition
    }

    private func waitForFetch() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isFetching { state.waiters.append(continuation) }
                return !state.isFetching
            }
            if isOver { continuation.resume() }
        }
    }
}
