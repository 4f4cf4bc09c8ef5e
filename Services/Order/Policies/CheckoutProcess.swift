internal import EventStore
internal import EventTypes
internal import Runtime

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

    func runner(on loop: EventLoop) -> ProcessRunner<CheckoutID> {
        ProcessRunner(loop: loop, limit: Self.concurrency) { id, isFirst in
            await goOn(id, isFirst: isFirst)
        }
    }

    /// Makes one step after the other until it has ended, or must wait.
    func goOn(_ id: CheckoutID, isFirst: Bool) async {
        do {
            var state = try await store.load(Checkout.self, id).state
            for number in 0..<Self.stepLimit {
                guard
                    let command = try await command(for: state, isFirst: isFirst && number == 0)
                else { return }
                let before = state
                state = try await checkouts.record(command, of: id, Self.context(id))
                // Nothing new: somebody else works on it.
                if state == before { return }
                if state.isStuck, !before.isStuck {
                    logger.error(
                        "a checkout is stuck",
                        ["checkout": "\(id)", "why": state.lastProblem ?? ""])
                }
            }
        } catch {
            logger.warning(
                "a checkout is taken up again later", ["checkout": "\(id)", "error": "\(error)"])
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

    private static func context(_ id: CheckoutID) -> CommandContext {
        CommandContext(correlationID: CorrelationID(id), actor: "process:checkout")
    }

    /// Takes up checkouts whose worker is gone or whose pause is over.
    func timer(_ runner: ProcessRunner<CheckoutID>) -> TimerHandler {
        TimerHandler(kind: Checkouts.timer) { timer, unit in
            let parts = timer.key.split(separator: "/")
            guard parts.count == 2, let id = CheckoutID(String(parts[0])) else { return }
            let state = try await unit.load(Checkout.self, id)
            if state.phase.isOver || state.isStuck { return }
            if parts[1] == "watch" {
                unit.schedule(Checkouts.watch(id, at: max(timer.now, timer.due) + Checkouts.watch))
            }
            runner.begin(id)
        }
    }
}
