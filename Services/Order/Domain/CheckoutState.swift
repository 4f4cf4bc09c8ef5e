internal import EventTypes

/// What a checkout does with its neighbours.
enum CheckoutStep: String, Codable, CaseIterable, Sendable {
    case confirm, hold, capture, fulfil
    case releaseHold = "release_hold"
    case releaseStock = "release_stock"
}

extension Checkout {
    /// started → confirmed → held → placed → paid → completed; before `paid` each may turn to
    /// failing → failed, and failing to `paid` where the money turns out to be taken.
    enum Phase: String, Codable, CaseIterable, Sendable {
        case none, started, confirmed, held, placed, paid, completed, failing, failed

        var isOver: Bool { self == .none || self == .completed || self == .failed }
        /// Whether it still goes back when its time is over.
        var isBeforePayment: Bool {
            switch self {
            case .started, .confirmed, .held, .placed: true
            case .none, .paid, .completed, .failing, .failed: false
            }
        }
    }

    /// What is known about the money of a checkout.
    enum Hold: Sendable, Equatable {
        case none
        /// It may be set aside.
        case unresolved
        case placed(HoldID)
        case captured(HoldID)
        case released
    }

    /// What is known about the pieces of one product.
    enum Stock: Sendable, Equatable {
        case none
        /// Some may be set aside.
        case unresolved
        case reserved(ReservationID)
        case sold
        case released

        var mayBeHeld: Bool {
            switch self {
            case .unresolved, .reserved: true
            case .none, .sold, .released: false
            }
        }
    }

    struct State: Sendable, Equatable {
        struct Milestone: Sendable, Equatable {
            let name: String
            let at: Timestamp
        }

        var phase = Phase.none
        var request: CheckoutStarted?
        var lines: [OrderLine] = []
        var total: Money?
        var hold = Hold.none
        var stock: [ProductID: Stock] = [:]
        var hasOrder = false
        var reason: String?
        /// Attempts at the present step that got no answer.
        var attempts = 0
        var lastProblem: String?
        var retryAt: Timestamp?
        var isStuck = false
        var milestones: [Milestone] = []

        var holdID: HoldID? {
            switch hold {
            case .placed(let id), .captured(let id): id
            case .none, .unresolved, .released: nil
            }
        }
        /// Products with pieces that are set aside, or may be.
        var heldStock: [ProductID: Stock] { stock.filter(\.value.mayBeHeld) }
        /// Whether money or stock is set aside, or may be.
        var holdsSomething: Bool {
            switch hold {
            case .unresolved, .placed: true
            case .none, .captured, .released: !heldStock.isEmpty
            }
        }
    }

    static func evolve(_ state: inout State, _ event: CheckoutEvent) {
        switch event {
        case .started(let fact):
            state.request = fact
            state.enter(.started, "started", fact.startedAt)
        case .confirmed(let fact):
            state.lines = fact.lines
            state.total = fact.total
            for one in fact.stock { state.stock[one.productID] = .reserved(one.reservationID) }
            state.enter(.confirmed, "confirmed", fact.confirmedAt)
        case .fundsHeld(let fact):
            state.hold = .placed(fact.holdID)
            state.enter(.held, "held", fact.heldAt)
        case .orderPlaced(let fact):
            state.hasOrder = true
            state.enter(.placed, "placed", fact.placedAt)
        case .paid(let fact):
            state.hold = .captured(fact.holdID)
            state.reason = nil
            state.enter(.paid, "paid", fact.paidAt)
        case .completed(let fact):
            for product in state.stock.keys {
                state.stock[product] = fact.isStockReleased ? .released : .sold
            }
            state.enter(.completed, "completed", fact.completedAt)
        case .turnedBack(let fact):
            state.reason = fact.reason
            for product in fact.unresolved { state.stock[product] = .unresolved }
            for one in fact.stock { state.stock[one.productID] = .reserved(one.reservationID) }
            if fact.isHoldUnresolved { state.hold = .unresolved }
            state.enter(.failing, "failing", fact.turnedBackAt)
        case .holdReleased(let fact):
            state.hold = .released
            state.enter(.failing, "hold_released", fact.releasedAt)
        case .stockReleased(let fact):
            for product in state.heldStock.keys { state.stock[product] = .released }
            state.enter(.failing, "stock_released", fact.releasedAt)
        case .failed(let fact):
            state.reason = fact.reason
            state.enter(.failed, "failed", fact.failedAt)
        case .attemptFailed(let fact):
            state.attempts = fact.attempt
            state.lastProblem = fact.problem
            state.retryAt = fact.retryAt
        case .stuck(let fact):
            state.isStuck = true
            state.lastProblem = fact.problem
        case .retried:
            state.isStuck = false
            state.attempts = 0
            state.retryAt = nil
        }
    }
}

extension Checkout.State {
    /// A step was made: the next one starts afresh.
    fileprivate mutating func enter(_ phase: Checkout.Phase, _ name: String, _ at: Timestamp) {
        self.phase = phase
        milestones.append(Milestone(name: name, at: at))
        attempts = 0
        retryAt = nil
        lastProblem = nil
        isStuck = false
    }
}
