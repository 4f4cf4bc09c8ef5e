internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Goes on with checkouts: asks the rules what is to be done, does it, records what came of it.
///
/// Whenever the program is cut off, the timer that was set with the start takes the checkout up
/// again, and repeated steps find what they made before.
struct CheckoutProcess: Sendable {
    /// The most checkouts worked on at once.
    static let concurrency = 64
    /// More steps than any checkout has at a stretch.
    private static let stepLimit = 64

    let store: any EventStore
    let checkouts: Checkouts
    let work: CheckoutWork
    let clock: any WallClock
    let logger: Logger
    private let ended: Counter
    private let duration: Histogram

    init(
        store: any EventStore, checkouts: Checkouts, work: CheckoutWork, clock: any WallClock,
        logger: Logger, metrics: Metrics
    ) {
        self.store = store
        self.checkouts = checkouts
        self.work = work
        self.clock = clock
        self.logger = logger
        ended = metrics.counter(
            "souk_order_checkouts_ended_total", "Checkouts that have ended.", labels: ["state"])
        duration = metrics.histogram(
            "souk_order_checkout_seconds", "From the start of a checkout to its end.",
            labels: ["state"])
    }

    func runner(on loop: EventLoop) -> ProcessRunner<CheckoutID> {
        ProcessRunner(loop: loop, limit: Self.concurrency) { job in
            await goOn(job.id, isFirst: job.isFirst, cause: job.cause)
        }
    }

    /// Makes one step after the other until it has ended, or must wait.
    ///
    /// - Parameters:
    ///   - isFirst: whether nobody can have worked on it before.
    ///   - cause: the request that set it off; looked up where it is not known.
    func goOn(_ id: CheckoutID, isFirst: Bool = false, cause: EventMetadata? = nil) async {
        do {
            var known = cause
            if known == nil { known = try await store.origin(of: Checkout.stream(id)) }
            guard let cause = known else { return }
            try await Neighbour.onBehalf(of: cause) {
                try await goOn(id, isFirst, cause)
            }
        } catch {
            logger.warning(
                "a checkout is taken up again later", ["checkout": "\(id)", "error": "\(error)"])
        }
    }

    private func goOn(_ id: CheckoutID, _ isFirst: Bool, _ cause: EventMetadata) async throws {
        var context = CommandContext(metadata: cause)
        context.metadata.actor = "process:checkout"
        var state = try await store.load(Checkout.self, id).state
        for number in 0..<Self.stepLimit {
            guard
                let command = try await command(for: state, isFirst: isFirst && number == 0)
            else { return }
            let before = state
            state = try await checkouts.record(command, of: id, context)
            // Nothing new: somebody else works on it.
            if state == before { return }
            note(state, after: before)
        }
    }

    private func note(_ state: Checkout.State, after before: Checkout.State) {
        guard let request = state.request else { return }
        if state.isStuck, !before.isStuck {
            logger.error(
                "a checkout is stuck",
                ["checkout": "\(request.checkoutID)", "why": state.lastProblem ?? ""])
        }
        if state.phase.isOver, !before.phase.isOver {
            ended.add(1, state.phase.rawValue)
            duration.observe(clock.now().since(request.startedAt), state.phase.rawValue)
        }
    }

    /// - Returns: nil when there is nothing to do now.
    private func command(
        for state: Checkout.State, isFirst: Bool
    ) async throws -> Checkout.Command? {
        switch Checkout.next(state, at: clock.now()) {
        case .rest, .wait: return nil
        case .turnBack(let reason): return .turnBack(reason: reason, at: clock.now())
        case .end: return .end(at: clock.now())
        case .step(let step):
            var isCancelled = false
            if step == .fulfil, let order = state.request?.orderID {
                isCancelled = try await store.load(Order.self, order).state.phase == .cancelled
            }
            let outcome = await work.make(
                step, state, isFirst: isFirst && state.attempts == 0, isCancelled: isCancelled)
            return outcome.map { .report($0, at: clock.now()) }
        }
    }

    /// Takes up checkouts whose worker is gone or whose pause is over.
    func timer(_ runner: ProcessRunner<CheckoutID>) -> TimerHandler {
        TimerHandler(kind: Checkouts.timer) { timer, unit in
            let parts = timer.key.split(separator: "/")
            guard parts.count == 2, let id = CheckoutID(String(parts[0])),
                let name = CheckoutTimers.Name(rawValue: String(parts[1]))
            else { return }
            let state = try await unit.load(Checkout.self, id)
            if let next = CheckoutTimers.next(name, due: timer.due, now: timer.now, state) {
                unit.schedule(Checkouts.timer(id, name, at: next))
            }
            if CheckoutTimers.goesOn(state) { runner.begin(id) }
        }
    }
}

extension EventStore {
    /// What set a stream off: the metadata of its first event; nil for a stream without events.
    func origin(of stream: StreamID) async throws -> EventMetadata? {
        try await read(stream, after: 0, limit: 1).first?.metadata
    }
}
