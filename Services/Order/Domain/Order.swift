internal import EventTypes

/// The rules of an order: paid at most once, and never more given back than was paid, line by line.
enum Order: Decider {
    static let category = "order"
    static let initial = State()

    /// The most refunds of one order.
    static let mostRefunds = 100
    /// After so many attempts without an answer a person is asked.
    static let mostAttempts = 10

    /// What somebody wants back of a line: so many pieces at their price, or an amount, or both.
    struct Wanted: Sendable, Equatable {
        let productID: ProductID
        let quantity: Int64?
        let amount: Money?
    }

    struct RefundRequest: Sendable, Equatable {
        let refundID: RefundID
        let lines: [Wanted]
        let reason: String
        let at: Timestamp
    }

    enum RefundOutcome: Sendable, Equatable {
        case moved
        case noAnswer(problem: String)
        case refused(problem: String)
    }

    enum Command: Sendable {
        case place(OrderPlaced)
        case pay(HoldID, at: Timestamp)
        case fulfil(at: Timestamp)
        /// A person does not want it any more: what was paid goes back.
        case cancel(RefundID, reason: String, at: Timestamp)
        /// Its checkout went back.
        case withdraw(reason: String, at: Timestamp)
        case refund(RefundRequest)
        case report(RefundID, RefundOutcome, at: Timestamp)
        case retry(RefundID, by: UserID, at: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case unknown
        case wrongPhase(Phase)
        case placedDifferently
        case nothingWanted
        case tooManyRefunds
        /// The number of the line that is at fault.
        case notInOrder(Int)
        case wantedTwice(Int)
        case neitherQuantityNorAmount(Int)
        case quantityOutOfRange(Int, left: Int64)
        case amountOutOfRange(Int, left: Money)
        case currencyDiffers(Int)
        case refundUnknown
        case refundNotStuck
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [OrderEvent] {
        if case .place(let fact) = command {
            guard let placed = state.placed else { return [.placed(fact)] }
            guard placed.checkoutID == fact.checkoutID else { throw .placedDifferently }
            return []
        }
        guard let placed = state.placed else { throw .unknown }
        switch command {
        case .place: return []
        case .pay(let hold, let at):
            if let paid = state.paid {
                guard paid.holdID == hold else { throw .wrongPhase(state.phase) }
                return []
            }
            guard state.phase == .placed else { throw .wrongPhase(state.phase) }
            return [
                .paid(
                    OrderPaid(
                        orderID: placed.orderID, userID: placed.userID, lines: placed.lines,
                        total: placed.total, clickID: placed.clickID, holdID: hold, paidAt: at))
            ]
        case .fulfil(let at):
            if state.phase == .fulfilled { return [] }
            guard state.phase == .paid else { throw .wrongPhase(state.phase) }
            return [
                .fulfilled(
                    OrderFulfilled(
                        orderID: placed.orderID, userID: placed.userID, fulfilledAt: at))
            ]
        case .cancel(let refund, let reason, let at):
            if state.phase == .cancelled { return [] }
            guard state.phase == .paid else { throw .wrongPhase(state.phase) }
            return cancel(placed, refund, reason, at, state)
        case .withdraw(let reason, let at):
            if state.phase == .cancelled { return [] }
            guard state.phase == .placed else { throw .wrongPhase(state.phase) }
            return [.cancelled(cancellation(placed, reason, at))]
        case .refund(let request): return try refund(request, placed, state)
        case .report, .retry: return try followRefund(command, placed, state)
        }
    }

    private static func cancellation(
        _ placed: OrderPlaced, _ reason: String, _ at: Timestamp
    ) -> OrderCancelled {
        OrderCancelled(
            orderID: placed.orderID, userID: placed.userID, reason: reason, cancelledAt: at)
    }

    private static func cancel(
        _ placed: OrderPlaced, _ refund: RefundID, _ reason: String, _ at: Timestamp,
        _ state: State
    ) -> [OrderEvent] {
        let cancelled = OrderEvent.cancelled(cancellation(placed, reason, at))
        let lines = placed.lines.compactMap { line -> RefundLine? in
            let left = state.left(of: line)
            guard left.amountMinor > 0,
                let amount = try? Money(minorUnits: left.amountMinor, line.total.currency)
            else { return nil }
            return RefundLine(
                productID: line.productID, merchantID: line.merchantID, quantity: left.quantity,
                amount: amount)
        }
        guard let amount = sum(lines, placed.total.currency), amount.isPositive else {
            return [cancelled]
        }
        return [
            cancelled,
            .refundDecided(
                RefundDecided(
                    refundID: refund, lines: lines, amount: amount, reason: reason,
                    isCancellation: true, decidedAt: at)),
        ]
    }

    private static func sum(_ lines: [RefundLine], _ currency: Currency) -> Money? {
        try? lines.reduce(Money.zero(currency)) { sum, line in try sum.adding(line.amount) }
    }

    // MARK: Refunds

    private static func refund(
        _ request: RefundRequest, _ placed: OrderPlaced, _ state: State
    ) throws(Refusal) -> [OrderEvent] {
        if state.refund(request.refundID) != nil { return [] }
        guard state.paid != nil else { throw .wrongPhase(state.phase) }
        guard !request.lines.isEmpty else { throw .nothingWanted }
        guard state.refunds.count < mostRefunds else { throw .tooManyRefunds }
        var seen: Set<ProductID> = []
        var lines: [RefundLine] = []
        for (index, wanted) in request.lines.enumerated() {
            guard let line = placed.lines.first(where: { $0.productID == wanted.productID }) else {
                throw .notInOrder(index)
            }
            guard seen.insert(wanted.productID).inserted else { throw .wantedTwice(index) }
            lines.append(try refundLine(wanted, index, line, state))
        }
        guard let amount = sum(lines, placed.total.currency) else { throw .nothingWanted }
        return [
            .refundDecided(
                RefundDecided(
                    refundID: request.refundID, lines: lines, amount: amount,
                    reason: request.reason, isCancellation: false, decidedAt: request.at))
        ]
    }

    private static func refundLine(
        _ wanted: Wanted, _ index: Int, _ line: OrderLine, _ state: State
    ) throws(Refusal) -> RefundLine {
        let left = state.left(of: line)
        let currency = line.total.currency
        guard wanted.quantity != nil || wanted.amount != nil else {
            throw .neitherQuantityNorAmount(index)
        }
        let quantity = wanted.quantity ?? 0
        let isCount = wanted.quantity == nil || quantity > 0
        guard isCount, quantity <= left.quantity else {
            throw .quantityOutOfRange(index, left: left.quantity)
        }
        let most = (try? Money(minorUnits: left.amountMinor, currency)) ?? .zero(currency)
        let amount: Money
        if let asked = wanted.amount {
            guard asked.currency == currency else { throw .currencyDiffers(index) }
            amount = asked
        } else {
            amount = (try? line.unitPrice.times(quantity)) ?? line.total
        }
        guard amount.isPositive, amount.minorUnits <= left.amountMinor else {
            throw .amountOutOfRange(index, left: most)
        }
        return RefundLine(
            productID: line.productID, merchantID: line.merchantID, quantity: quantity,
            amount: amount)
    }

    private static func followRefund(
        _ command: Command, _ placed: OrderPlaced, _ state: State
    ) throws(Refusal) -> [OrderEvent] {
        switch command {
        case .report(let id, let outcome, let at):
            guard let refund = state.refund(id) else { throw .refundUnknown }
            guard refund.isOpen else { return [] }
            return record(outcome, refund, placed, state, at)
        case .retry(let id, let person, let at):
            guard let refund = state.refund(id) else { throw .refundUnknown }
            guard refund.isOpen, refund.isStuck || refund.retryAt != nil else {
                throw .refundNotStuck
            }
            return [
                .refundRetried(RefundRetried(refundID: id, retriedBy: person, retriedAt: at))
            ]
        default: return []
        }
    }

    private static func record(
        _ outcome: RefundOutcome, _ refund: Refund, _ placed: OrderPlaced, _ state: State,
        _ at: Timestamp
    ) -> [OrderEvent] {
        let id = refund.decided.refundID
        let attempt = refund.attempts + 1
        switch outcome {
        case .moved:
            let before = (try? Money(minorUnits: state.refundedMinor, placed.total.currency))
            let total = try? (before ?? .zero(placed.total.currency))
                .adding(refund.decided.amount)
            return [
                .refunded(
                    OrderRefunded(
                        orderID: placed.orderID, refundID: id, userID: placed.userID,
                        lines: refund.decided.lines, amount: refund.decided.amount,
                        refundedTotal: total ?? refund.decided.amount,
                        reason: refund.decided.reason, refundedAt: at))
            ]
        case .refused(let problem):
            if refund.isStuck { return [] }
            return [failure(id, attempt, problem, at, retryAt: nil)]
        case .noAnswer(let problem):
            // Another worker has just noted the same.
            if refund.isStuck || refund.retryAt.map({ at < $0 }) ?? false { return [] }
            if attempt >= mostAttempts { return [failure(id, attempt, problem, at, retryAt: nil)] }
            let pause = min(Checkout.longestPause, Checkout.firstPause << Int64(attempt - 1))
            return [failure(id, attempt, problem, at, retryAt: at + .seconds(pause))]
        }
    }

    private static func failure(
        _ id: RefundID, _ attempt: Int, _ problem: String, _ at: Timestamp, retryAt: Timestamp?
    ) -> OrderEvent {
        .refundAttemptFailed(
            RefundAttemptFailed(
                refundID: id, attempt: attempt, problem: problem, failedAt: at, retryAt: retryAt))
    }
}
