internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// The replicas of one service: which of them gets a request, and how they are.
final class UpstreamPool: Sendable {
    /// What is known of a replica at one time.
    struct ReplicaStatus: Sendable {
        let probe: ProbeRecord
        let breaker: CircuitBreaker.Phase
        let inFlight: Int
    }

    private struct Replica {
        let url: String
        var inFlight = 0
        var breaker: CircuitBreaker
        var probe = ProbeRecord()
    }

    private struct State {
        var replicas: [Replica]
        var budget = RetryBudget()
    }

    let name: String
    let urls: [String]
    /// The same, read.
    let locations: [HTTPURL?]
    private let answers = Atomic<Int>(0)
    private let clock: any WallClock
    private let random: any RandomSource
    private let logger: Logger
    private let state: Mutex<State>

    init(
        name: String, urls: [String], rules: CircuitBreaker.Rules, clock: any WallClock,
        random: any RandomSource, logger: Logger
    ) {
        self.name = name
        self.urls = urls
        locations = urls.map { HTTPURL($0) }
        self.clock = clock
        self.random = random
        self.logger = logger
        state = Mutex(
            State(replicas: urls.map { Replica(url: $0, breaker: CircuitBreaker(rules)) }))
    }

    // MARK: Requests

    /// A replica for one attempt.
    ///
    /// - Parameter tried: those that have failed this request; taken only when there is no other.
    /// - Throws: `Problem` 503 while all of them are kept away from.
    func lease(avoiding tried: Set<Int> = []) throws -> ReplicaLease {
        let now = clock.now()
        let word = urls.count > 1 ? random.word() : 0
        let (index, permit, wait) = state.withLock { state in
            Self.choose(&state.replicas, tried, now, word)
        }
        guard let index, let permit else {
            let (seconds, attoseconds) = wait.components
            throw Problem.unavailable(
                "The service \(name) is failing and gets no requests for a while.",
                retryAfter: max(1, Int(seconds) + (attoseconds > 0 ? 1 : 0)))
        }
        return ReplicaLease(self, index, permit)
    }

    private static func choose(
        _ replicas: inout [Replica], _ tried: Set<Int>, _ now: Timestamp, _ random: UInt64
    ) -> (Int?, CircuitBreaker.Permit?, Duration) {
        if replicas.count == 1 {
            guard let permit = replicas[0].breaker.admit(now) else {
                return (nil, nil, replicas[0].breaker.wait(now))
            }
            replicas[0].inFlight += 1
            return (0, permit, .zero)
        }
        let open = replicas.indices.filter { replicas[$0].breaker.wouldAdmit(now) }
        // One that failed this request comes last, then one that is not ready.
        let ranked = open.map { index in
            (index, (tried.contains(index) ? 3 : 0) + replicas[index].probe.preference)
        }
        guard let best = ranked.map(\.1).min() else {
            return (nil, nil, replicas.map { $0.breaker.wait(now) }.min() ?? .zero)
        }
        let candidates = ranked.filter { $0.1 == best }.map(\.0)
        let index = candidates[
            ReplicaChoice.pick(candidates.map { replicas[$0].inFlight }, random: random)]
        guard let permit = replicas[index].breaker.admit(now) else { return (nil, nil, .zero) }
        replicas[index].inFlight += 1
        return (index, permit, .zero)
    }

    /// Whether a replica that is not among `tried` would be asked.
    func hasOther(than tried: Set<Int>) -> Bool {
        let now = clock.now()
        return state.withLock { state in
            state.replicas.indices.contains { index in
                !tried.contains(index) && state.replicas[index].probe.state != .down
                    && state.replicas[index].breaker.wouldAdmit(now)
            }
        }
    }

    func record(
        _ outcome: CircuitBreaker.Outcome, _ index: Int, _ permit: CircuitBreaker.Permit
    ) {
        let now = clock.now()
        // Only what opens is left to chance.
        let chance = outcome == .success ? 0.5 : Double(random.word() >> 11) * 0x1p-53
        let (before, after) = state.withLock { state in
            let before = state.replicas[index].breaker.phase
            state.replicas[index].breaker.record(outcome, of: permit, now, chance: chance)
            return (before, state.replicas[index].breaker.phase)
        }
        switch (before, after) {
        case (.open, _), (.closed, .closed), (.halfOpen, .halfOpen): break
        case (_, .open(let since, let until)):
            logger.warning(
                "a replica fails and gets no requests for a while",
                [
                    "service": name, "replica": index,
                    "milliseconds": until.since(since).inMilliseconds,
                ])
        case (_, .closed):
            logger.notice("a replica has recovered", ["service": name, "replica": index])
        default: break
        }
    }

    func leave(_ index: Int) {
        state.withLock { $0.replicas[index].inFlight -= 1 }
    }

    /// An attempt was answered.
    func answered() { answers.add(1, ordering: .relaxed) }

    /// How many were answered since this was asked last.
    func takeAnswers() -> Int { answers.exchange(0, ordering: .relaxed) }

    // MARK: Repeats

    /// A request came that may have to be repeated.
    func requestCame() { state.withLock { $0.budget.deposit() } }

    /// Whether the load allows one repeat more; takes it from the budget.
    func mayRepeat() -> Bool {
        let now = clock.now()
        return state.withLock { $0.budget.withdraw(now) }
    }

    // MARK: Health

    /// Takes down what a replica answered when it was asked for its readiness.
    func probed(_ index: Int, _ answer: ProbeRecord.Answer, milliseconds: Double) {
        let (before, after) = state.withLock { state in
            let before = state.replicas[index].probe.state
            if state.replicas[index].probe.add(answer, milliseconds: milliseconds) {
                state.replicas[index].breaker.invite()
            }
            return (before, state.replicas[index].probe.state)
        }
        if before != after {
            logger.notice(
                "a replica's state",
                ["service": name, "replica": index, "state": after.rawValue])
        }
    }

    /// How the replicas are, in the order of their addresses.
    var statuses: [ReplicaStatus] {
        let now = clock.now()
        return state.withLock { state in
            state.replicas.map { replica in
                ReplicaStatus(
                    probe: replica.probe, breaker: replica.breaker.phase(now),
                    inFlight: replica.inFlight)
            }
        }
    }
}
