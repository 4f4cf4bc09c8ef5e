internal import EventTypes

extension Order {
    /// none → placed → paid → fulfilled; placed and paid may turn to cancelled.
    enum Phase: String, Codable, CaseIterable, Sendable {
        case none, placed, paid, fulfilled, cancelled
    }

    /// What went back, or is about to, of one line.
    struct Returned: Sendable, Equatable {
        var quantity: Int64 = 0
        var amountMinor: Int64 = 0
    }

    /// A refund and how far it is.
    struct Refund: Sendable, Equatable {
        let decided: RefundDecided
        var attempts = 0
        var lastProblem: String?
        var retryAt: Timestamp?
        var isStuck = false
        var refundedAt: Timestamp?

        var isOpen: Bool { refundedAt == nil }
    }

    struct State: Sendable, Equatable {
        var phase = Phase.none
        var placed: OrderPlaced?
        var paid: OrderPaid?
        var fulfilledAt: Timestamp?
        var cancelled: OrderCancelled?
        /// In the order in which they were decided.
        var refunds: [Refund] = []
        /// What was decided to go back, by product, and what did.
        var decided: [ProductID: Returned] = [:]
        var returned: [ProductID: Returned] = [:]

        /// The sum of what went back.
        var refundedMinor: Int64 { returned.values.reduce(0) { $0 + $1.amountMinor } }

        func refund(_ id: RefundID) -> Refund? { refunds.first { $0.decided.refundID == id } }

        /// What may still go back of a line.
        func left(of line: OrderLine) -> Returned {
            let gone = decided[line.productID] ?? Returned()
            return Returned(
                quantity: line.quantity - gone.quantity,
                amountMinor: line.total.minorUnits - gone.amountMinor)
        }
    }

    static func evolve(_ state: inout State, _ event: OrderEvent) {
        switch event {
        case .placed(let fact):
            state.phase = .placed
            state.placed = fact
        case .paid(let fact):
            state.phase = .paid
            state.paid = fact
        case .fulfilled(let fact):
            state.phase = .fulfilled
            state.fulfilledAt = fact.fulfilledAt
        case .cancelled(let fact):
            state.phase = .cancelled
            state.cancelled = fact
        case .refundDecided(let fact):
            state.refunds.append(Refund(decided: fact))
            for line in fact.lines { state.decided[line.productID, default: .init()].add(line) }
        case .refundAttemptFailed(let fact):
            state.update(fact.refundID) { refund in
                refund.attempts = fact.attempt
                refund.lastProblem = fact.problem
                refund.retryAt = fact.retryAt
                refund.isStuck = fact.retryAt == nil
            }
        case .refundRetried(let fact):
            state.update(fact.refundID) { refund in
                refund.attempts = 0
                refund.retryAt = nil
                refund.isStuck = false
            }
        case .refunded(let fact):
            state.update(fact.refundID) { refund in
                refund.refundedAt = fact.refundedAt
                refund.retryAt = nil
                refund.isStuck = false
            }
            for line in fact.lines { state.returned[line.productID, default: .init()].add(line) }
        }
    }
}

extension Order.Returned {
    fileprivate mutating func add(_ line: RefundLine) {
        quantity += line.quantity
        amountMinor += line.amount.minorUnits
    }
}

extension Order.State {
    fileprivate mutating func update(_ id: RefundID, _ change: (inout Order.Refund) -> Void) {
        guard let index = refunds.firstIndex(where: { $0.decided.refundID == id }) else { return }
        change(&refunds[index])
    }
}
