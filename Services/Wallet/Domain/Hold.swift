internal import EventTypes

/// A hold: placed, then captured, released or expired, once; what was captured may be refunded, in
/// parts.
enum Hold: Decider {
    static let category = "hold"
    static let initial = State.none
    /// A hold that would outlive this is a loan.
    static let longest = Duration.seconds(90 * 86_400)
    /// More than an order has lines and units that anybody would send back one by one.
    static let mostRefunds = 1_000

    enum State: Sendable, Equatable {
        /// Next: `open`.
        case none
        /// Next: `resolved`.
        case open(HoldPlaced)
        case resolved(HoldPlaced, HoldResolved, refunds: [HoldRefunded])

        /// What was refunded of the hold.
        var refunded: Money? {
            guard case .resolved(let hold, _, let refunds) = self else { return nil }
            return refunds.reduce(.zero(hold.amount.currency)) { sum, refund in
                (try? sum.adding(refund.amount)) ?? sum
            }
        }
    }

    enum Command: Sendable {
        case place(HoldPlaced)
        /// Takes the money to an account of the platform's and releases the remainder.
        case capture(Money, to: AccountPurpose, LedgerTransactionID, at: Timestamp)
        case release(LedgerTransactionID, at: Timestamp)
        case expire(LedgerTransactionID, at: Timestamp)
        /// Gives back of what was captured, once for each refund.
        case refund(RefundID, Money, reason: String, LedgerTransactionID, at: Timestamp)
    }

    static func decide(_ command: Command, _ state: State) throws(WalletError) -> [HoldEvent] {
        switch command {
        case .place(let hold):
            return try place(hold, state)
        case .capture(let amount, let sink, let transaction, let at):
            let hold = try open(state)
            guard amount.currency == hold.amount.currency else { throw .currencyMismatch }
            guard amount.isPositive else { throw .amountNotPositive }
            guard amount.minorUnits <= hold.amount.minorUnits else {
                throw .captureExceedsHold(held: hold.amount)
            }
            return [try resolve(hold, .captured, capturing: amount, to: sink, transaction, at)]
        case .release(let transaction, let at):
            let hold = try open(state)
            return [try resolve(hold, .released, transaction, at)]
        case .expire(let transaction, let at):
            guard case .open(let hold) = state else { return [] }
            guard let due = hold.expiresAt, at >= due else { throw .holdNotDue }
            return [try resolve(hold, .expired, transaction, at)]
        case .refund(let refund, let amount, let reason, let transaction, let at):
            return try Self.refund(refund, amount, reason, transaction, at, state)
        }
    }

    private static func place(_ hold: HoldPlaced, _ state: State) throws(WalletError) -> [HoldEvent]
    {
        guard hold.amount.isPositive else { throw .amountNotPositive }
        if let due = hold.expiresAt {
            guard due > hold.placedAt, due <= hold.placedAt + longest else { throw .holdNotDue }
        }
        switch state {
        case .none: return [.placed(hold)]
        case .open(let placed), .resolved(let placed, _, _):
            guard placed.amount == hold.amount, placed.owner == hold.owner,
                placed.reference == hold.reference
            else { throw .transactionReused }
            return []
        }
    }

    private static func open(_ state: State) throws(WalletError) -> HoldPlaced {
        switch state {
        case .none: throw .holdNotFound
        case .open(let hold): return hold
        case .resolved(_, let end, _): throw .holdResolved(end.outcome)
        }
    }

    private static func resolve(
        _ hold: HoldPlaced, _ outcome: HoldOutcome, capturing amount: Money? = nil,
        to sink: AccountPurpose? = nil, _ transaction: LedgerTransactionID, _ at: Timestamp
    ) throws(WalletError) -> HoldEvent {
        let captured = amount ?? .zero(hold.amount.currency)
        return .resolved(
            HoldResolved(
                holdID: hold.holdID, owner: hold.owner, outcome: outcome, captured: captured,
                released: try hold.amount.minus(captured), capturedTo: sink,
                transactionID: transaction, resolvedAt: at))
    }

    private static func refund(
        _ id: RefundID, _ amount: Money, _ reason: String, _ transaction: LedgerTransactionID,
        _ at: Timestamp, _ state: State
    ) throws(WalletError) -> [HoldEvent] {
        guard case .resolved(let hold, let end, let refunds) = state,
            let refunded = state.refunded
        else {
            if case .none = state { throw .holdNotFound }
            throw .holdNotCaptured
        }
        guard end.outcome == .captured else { throw .holdResolved(end.outcome) }
        if let known = refunds.first(where: { $0.refundID == id }) {
            guard known.amount == amount else { throw .refundReused }
            return []
        }
        guard amount.currency == hold.amount.currency else { throw .currencyMismatch }
        guard amount.isPositive else { throw .amountNotPositive }
        try Withdrawal.check(reason: reason)
        let remaining = try end.captured.minus(refunded)
        guard amount.minorUnits <= remaining.minorUnits else {
            throw .refundExceedsCapture(remaining: remaining)
        }
        guard refunds.count < mostRefunds else { throw .tooManyRefunds }
        return [
            .refunded(
                HoldRefunded(
                    holdID: hold.holdID, refundID: id, owner: hold.owner, amount: amount,
                    reason: reason, transactionID: transaction, refundedAt: at))
        ]
    }

    static func evolve(_ state: inout State, _ event: HoldEvent) {
        switch (state, event) {
        case (_, .placed(let fact)): state = .open(fact)
        case (.open(let hold), .resolved(let fact)): state = .resolved(hold, fact, refunds: [])
        case (.resolved(let hold, let end, let refunds), .refunded(let fact)):
            state = .resolved(hold, end, refunds: refunds + [fact])
        case (_, .resolved), (_, .refunded): break
        }
    }
}
