internal import EventTypes

/// Keeps requests away from something that fails, and lets a few through to see whether it has
/// recovered: closed, then open, then half open, then closed or open again.
///
/// It opens when enough of the last requests failed, or when it could not be reached several times
/// in a row. Each time that a trial fails it stays open for longer, and never for quite the same
/// time, so that several gateways do not come back at once.
struct CircuitBreaker: Sendable {
    /// When it opens, and how it closes again.
    struct Rules: Sendable, Hashable {
        /// Requests older than this do not count.
        var window: Duration = .seconds(10)
        /// Fewer requests within the window say nothing about a share.
        var minimumVolume = 20
        /// The share of failures that opens.
        var failureShare = 0.5
        /// Failures to reach it, one after the other, that open whatever the volume.
        var unreachableInRow = 5
        /// How long it is open the first time; doubled by every trial that fails.
        var openFor: Duration = .seconds(1)
        /// The longest time that it is open.
        var longestOpen: Duration = .seconds(30)
        /// The part of the open time that is left to chance, in both directions.
        var jitter = 0.25
        /// Requests that are let through at once when half open.
        var trialsAtOnce = 1
        /// Trials that must succeed before it closes.
        var trialsToClose = 3
    }

    /// What became of a request.
    enum Outcome: Sendable, Hashable {
        case success
        /// It answered as one that is broken, or not in time.
        case failure
        /// No connection, or one that broke.
        case unreachable
        /// Says nothing: given up by the client.
        case unknown
    }

    enum Phase: Sendable, Hashable {
        case closed
        case open(since: Timestamp, until: Timestamp)
        case halfOpen(running: Int, succeeded: Int)
    }

    /// What was let through; its outcome counts only while the breaker is still in the phase that
    /// let it through.
    struct Permit: Sendable, Hashable {
        fileprivate let generation: Int
    }

    let rules: Rules
    private(set) var phase = Phase.closed
    private var generation = 0
    private var tally: RollingTally
    private var inRow = 0
    /// How often it opened without having closed in between.
    private var openings = 0

    init(_ rules: Rules = Rules()) {
        self.rules = rules
        tally = RollingTally(window: rules.window)
    }

    /// Lets a request through; nil when it may not.
    mutating func admit(_ now: Timestamp) -> Permit? {
        advance(now)
        switch phase {
        case .closed: break
        case .open: return nil
        case .halfOpen(let running, let succeeded):
            guard running < rules.trialsAtOnce else { return nil }
            phase = .halfOpen(running: running + 1, succeeded: succeeded)
        }
        return Permit(generation: generation)
    }

    /// Whether `admit` would let a request through.
    func wouldAdmit(_ now: Timestamp) -> Bool {
        if case .closed = phase { return true }
        var copy = self
        return copy.admit(now) != nil
    }

    /// Takes down what became of a request.
    ///
    /// - Parameter chance: of `0..<1`, for the time that it will be open.
    mutating func record(
        _ outcome: Outcome, of permit: Permit, _ now: Timestamp, chance: Double
    ) {
        guard permit.generation == generation else { return }
        switch phase {
        case .open: break
        case .closed:
            guard outcome != .unknown else { return }
            tally.add(isFailure: outcome != .success, now)
            inRow = outcome == .unreachable ? inRow + 1 : 0
            let (total, failures) = tally.counts(now)
            let isOverShare =
                total >= rules.minimumVolume
                && Double(failures) >= rules.failureShare * Double(total)
            if inRow >= rules.unreachableInRow || isOverShare { open(now, chance) }
        case .halfOpen(let running, let succeeded):
            switch outcome {
            case .failure, .unreachable: open(now, chance)
            case .unknown: phase = .halfOpen(running: max(0, running - 1), succeeded: succeeded)
            case .success:
                if succeeded + 1 >= rules.trialsToClose { return close() }
                phase = .halfOpen(running: max(0, running - 1), succeeded: succeeded + 1)
            }
        }
    }

    /// It is known to be back: what is open is tried at once.
    mutating func invite() {
        guard case .open = phase else { return }
        generation += 1
        phase = .halfOpen(running: 0, succeeded: 0)
    }

    /// Until requests may be let through again; zero when they may be now.
    func wait(_ now: Timestamp) -> Duration {
        guard case .open(_, let until) = phase, until > now else { return .zero }
        return until.since(now)
    }

    /// As it is at this time.
    func phase(_ now: Timestamp) -> Phase {
        var copy = self
        copy.advance(now)
        return copy.phase
    }

    private mutating func advance(_ now: Timestamp) {
        guard case .open(let since, let until) = phase else { return }
        if now < since {
            // The clock was set back: the time left counts from now.
            phase = .open(since: now, until: now + until.since(since))
        } else if now >= until {
            generation += 1
            phase = .halfOpen(running: 0, succeeded: 0)
        }
    }

    private mutating func open(_ now: Timestamp, _ chance: Double) {
        var length = min(rules.openFor * (1 << min(openings, 16)), rules.longestOpen)
        length = length * (1 + rules.jitter * (2 * chance - 1))
        openings += 1
        generation += 1
        inRow = 0
        phase = .open(since: now, until: now + length)
    }

    private mutating func close() {
        generation += 1
        openings = 0
        inRow = 0
        tally = RollingTally(window: rules.window)
        phase = .closed
    }
}
