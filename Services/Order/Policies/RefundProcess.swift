internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Goes on with refunds until the money has moved or a person has to look.
struct RefundProcess: Sendable {
    /// The most refunds worked on at once.
    static let concurrency = 16

    let store: any EventStore
    let orders: Orders
    let wallet: WalletPort
    let clock: any WallClock
    let logger: Logger

    func runner(on loop: EventLoop) -> ProcessRunner<RefundKey> {
        ProcessRunner(loop: loop, limit: Self.concurrency) { job in
            await goOn(job.id, cause: job.cause)
        }
    }

    /// - Parameter cause: the request that set it off; the order's where it is not known.
    func goOn(_ key: RefundKey, cause: EventMetadata? = nil) async {
        do {
            var known = cause
            if known == nil { known = try await store.origin(of: Order.stream(key.order)) }
            guard let cause = known else { return }
            try await Neighbour.onBehalf(of: cause) { try await goOn(key, cause) }
        } catch {
            logger.warning(
                "a refund is taken up again later", ["refund": "\(key)", "error": "\(error)"])
        }
    }

    private func goOn(_ key: RefundKey, _ cause: EventMetadata) async throws {
        var context = CommandContext(metadata: cause)
        context.metadata.actor = "process:refund"
        let state = try await store.load(Order.self, key.order).state
        guard let refund = state.refund(key.refund), refund.isOpen, !refund.isStuck,
            let hold = state.paid?.holdID
        else { return }
        if let retryAt = refund.retryAt, clock.now() < retryAt { return }
        let after = try await orders.record(
            await move(refund.decided, hold), of: key, context)
        if let refund = after.refund(key.refund), refund.isStuck {
            logger.error(
                "a refund is stuck", ["refund": "\(key)", "why": refund.lastProblem ?? ""])
        }
    }

    private func move(_ refund: RefundDecided, _ hold: HoldID) async -> Order.RefundOutcome {
        do {
            try await wallet.refund(
                refund.refundID, of: hold, refund.amount, reason: refund.reason)
            return .moved
        } catch let error as NeighbourError {
            let problem = CheckoutWork.text(error)
            return error.isRefusal ? .refused(problem: problem) : .noAnswer(problem: problem)
        } catch {
            return .noAnswer(problem: "cut off")
        }
    }

    /// Takes up refunds whose worker is gone or whose pause is over.
    func timer(_ runner: ProcessRunner<RefundKey>) -> TimerHandler {
        TimerHandler(kind: Orders.timer) { timer, unit in
            guard let end = timer.key.lastIndex(of: "/"),
                let key = RefundKey(String(timer.key[..<end]))
            else { return }
            let state = try await unit.load(Order.self, key.order)
            guard let refund = state.refund(key.refund), refund.isOpen, !refund.isStuck else {
                return
            }
            if timer.key.hasSuffix("/watch") {
                unit.schedule(
                    TimerRequest(
                        kind: timer.kind, key: timer.key,
                        due: max(timer.now, timer.due) + CheckoutTimers.watch))
            }
            runner.begin(key)
        }
    }
}
