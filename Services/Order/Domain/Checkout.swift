internal import EventTypes

/// From a cart to a paid order: a pure process. `next` says what is to be done, whoever does it
/// reports what came of it, and `decide` records that. Every step may be done twice or by two at
/// once: its requests carry keys that follow from the checkout.
///
/// Whether it goes forward or back is decided at one place: the hold is either captured or
/// released, whichever the wallet does first.
enum Checkout: Decider {
    static let category = "checkout"
    static let initial = State()

    /// After so many attempts without an answer a person is asked, where going back is no way out.
    static let mostAttempts = 10
    /// The pause after the first attempt, in seconds; doubled with each.
    static let firstPause: Int64 = 1
    static let longestPause: Int64 = 60

    /// What is to be done.
    enum Action: Sendable, Equatable {
        /// Nothing ever, or nothing until somebody lets it try again.
        case rest
        case wait(until: Timestamp)
        case step(CheckoutStep)
        /// Its time is over.
        case turnBack(reason: String)
        /// Nothing is set aside any more.
        case end
    }

    /// What came of a step.
    enum Outcome: Sendable, Equatable {
        case confirmed([OrderLine], Money, [ReservedStock])
        /// - stock: what is set aside all the same; unresolved: where that cannot be told.
        case notConfirmed(reason: String, stock: [ReservedStock], unresolved: [ProductID])
        case held(HoldID)
        case notHeld(reason: String)
        case captured(HoldID)
        /// The hold is there no more, and nothing was captured.
        case holdGone(reason: String)
        case fulfilled
        /// The order was cancelled before its stock was sold.
        case stockGivenBack
        case stockReleased
        case noAnswer(CheckoutStep, problem: String)
        /// A refusal that no repeat changes.
        case refused(CheckoutStep, problem: String)
    }

    enum Command: Sendable {
        case start(CheckoutStarted)
        case report(Outcome, at: Timestamp)
        case turnBack(reason: String, at: Timestamp)
        case end(at: Timestamp)
        case retry(by: UserID, at: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case unknown
        case empty
        case notStuck
    }

    // MARK: What is to be done

    static func next(_ state: State, at now: Timestamp) -> Action {
        guard let request = state.request, !state.phase.isOver, !state.isStuck else {
            return .rest
        }
        if state.phase.isBeforePayment, now >= request.deadline {
            return .turnBack(reason: "timed_out")
        }
        if let retryAt = state.retryAt, now < retryAt {
            let isForward = state.phase.isBeforePayment
            return .wait(until: isForward ? min(retryAt, request.deadline) : retryAt)
        }
        switch state.phase {
        case .none, .completed, .failed: return .rest
        case .started: return .step(.confirm)
        case .confirmed: return .step(.hold)
        case .held, .placed: return .step(.capture)
        case .paid: return .step(.fulfil)
        case .failing:
            switch state.hold {
            case .placed, .unresolved: return .step(.releaseHold)
            case .none, .captured, .released:
                return state.heldStock.isEmpty ? .end : .step(.releaseStock)
            }
        }
    }

    // MARK: What is recorded

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [CheckoutEvent] {
        if case .start(let fact) = command {
            guard !fact.items.isEmpty else { throw .empty }
            return state.phase == .none ? [.started(fact)] : []
        }
        guard let request = state.request else { throw .unknown }
        switch command {
        case .start: return []
        case .report(let outcome, let at): return record(outcome, state, request, at)
        case .turnBack(let reason, let at):
            guard state.phase.isBeforePayment else { return [] }
            return [turnBack(reason, state, request, at)]
        case .end(let at):
            guard state.phase == .failing, !state.holdsSomething else { return [] }
            return [
                .failed(
                    CheckoutFailed(
                        checkoutID: request.checkoutID, userID: request.userID,
                        reason: state.reason ?? "unknown", hadOrder: state.hasOrder, failedAt: at))
            ]
        case .retry(let person, let at):
            guard state.isStuck || state.retryAt != nil else { throw .notStuck }
            return [.retried(CheckoutRetried(retriedBy: person, retriedAt: at))]
        }
    }

    /// Reports may come late or twice: one that does not belong to the present phase says nothing
    /// new.
    private static func record(
        _ outcome: Outcome, _ state: State, _ request: CheckoutStarted, _ at: Timestamp
    ) -> [CheckoutEvent] {
        switch (outcome, state.phase) {
        case (.confirmed(let lines, let total, let stock), .started):
            return [
                .confirmed(
                    CheckoutConfirmed(lines: lines, total: total, stock: stock, confirmedAt: at))
            ]
        case (.notConfirmed(let reason, let stock, let unresolved), .started):
            return [
                .turnedBack(
                    CheckoutTurnedBack(
                        reason: reason, stock: stock, unresolved: unresolved,
                        isHoldUnresolved: false, turnedBackAt: at))
            ]
        case (.held(let id), .confirmed):
            return [
                .fundsHeld(CheckoutFundsHeld(holdID: id, heldAt: at)),
                .orderPlaced(CheckoutOrderPlaced(orderID: request.orderID, placedAt: at)),
            ]
        case (.notHeld(let reason), .confirmed):
            return [turnBack(reason, state, request, at, isHoldUnresolved: false)]
        case (.captured(let id), .held), (.captured(let id), .placed):
            return [.paid(CheckoutPaid(holdID: id, paidAt: at))]
        case (.captured(let id), .failing):
            // Somebody captured before the hold could be released.
            switch state.hold {
            case .placed: return [.paid(CheckoutPaid(holdID: id, paidAt: at))]
            case .none, .unresolved, .captured, .released: return []
            }
        case (.holdGone(let reason), .held), (.holdGone(let reason), .placed):
            return [
                turnBack(reason, state, request, at),
                .holdReleased(CheckoutHoldReleased(releasedAt: at)),
            ]
        case (.holdGone, .failing):
            switch state.hold {
            case .placed, .unresolved: return [.holdReleased(.init(releasedAt: at))]
            case .none, .captured, .released: return []
            }
        case (.fulfilled, .paid):
            return [.completed(CheckoutCompleted(isStockReleased: false, completedAt: at))]
        case (.stockGivenBack, .paid):
            return [.completed(CheckoutCompleted(isStockReleased: true, completedAt: at))]
        case (.stockReleased, .failing):
            return state.heldStock.isEmpty ? [] : [.stockReleased(.init(releasedAt: at))]
        case (.noAnswer(let step, let problem), _):
            return repeatLater(step, problem, state, at)
        case (.refused(let step, let problem), _):
            guard next(state, at: at) == .step(step) else { return [] }
            if state.phase.isBeforePayment {
                return [turnBack("refused", state, request, at)]
            }
            return [.stuck(CheckoutStuck(step: step, problem: problem, stuckAt: at))]
        default: return []
        }
    }

    /// Whatever was asked for and not answered for certain is taken for unresolved.
    private static func turnBack(
        _ reason: String, _ state: State, _ request: CheckoutStarted, _ at: Timestamp,
        isHoldUnresolved: Bool = true
    ) -> CheckoutEvent {
        .turnedBack(
            CheckoutTurnedBack(
                reason: reason, stock: [],
                unresolved: state.phase == .started ? request.items.map(\.productID) : [],
                isHoldUnresolved: state.phase == .confirmed && isHoldUnresolved,
                turnedBackAt: at))
    }

    private static func repeatLater(
        _ step: CheckoutStep, _ problem: String, _ state: State, _ at: Timestamp
    ) -> [CheckoutEvent] {
        guard !state.isStuck, !state.phase.isOver, isPresent(step, state) else { return [] }
        // Another worker has just noted the same.
        if let retryAt = state.retryAt, at < retryAt { return [] }
        let attempt = state.attempts + 1
        let pause = min(longestPause, firstPause << Int64(min(attempt - 1, 16)))
        let failure = CheckoutEvent.attemptFailed(
            CheckoutAttemptFailed(
                step: step, attempt: attempt, problem: problem, failedAt: at,
                retryAt: at + .seconds(pause)))
        if attempt >= mostAttempts, !state.phase.isBeforePayment {
            return [failure, .stuck(CheckoutStuck(step: step, problem: problem, stuckAt: at))]
        }
        return [failure]
    }

    private static func isPresent(_ step: CheckoutStep, _ state: State) -> Bool {
        switch (step, state.phase) {
        case (.confirm, .started), (.hold, .confirmed), (.capture, .held), (.capture, .placed),
            (.fulfil, .paid), (.releaseHold, .failing), (.releaseStock, .failing):
            true
        default: false
        }
    }
}
