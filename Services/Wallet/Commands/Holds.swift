internal import EventStore
internal import EventTypes
internal import JSON

/// Money that is set aside, in the unit of whoever asks.
enum Holds {
    /// Timers of this kind end holds; their keys are those of the holds.
    static let expiryTimer = "hold-expiry"

    static func place(_ hold: HoldPlaced, in unit: UnitOfWork) async throws {
        let events = try await unit.decide(Hold.self, hold.holdID, .place(hold))
        if events.isEmpty { return }
        let currency = hold.amount.currency
        try await Ledger.post(
            Movements.move(
                hold.amount, from: .user(hold.owner, .available, currency),
                to: .user(hold.owner, .held, currency)),
            Ledger.Cause(
                id: .of(.holdPlaced, hold.holdID), kind: .holdPlaced, reference: hold.reference,
                at: hold.placedAt),
            in: unit)
        if let due = hold.expiresAt {
            unit.schedule(
                TimerRequest(kind: expiryTimer, key: hold.holdID.description, due: due))
        }
    }

    /// Takes `amount` to `sink`, an account of the platform; the remainder goes back to its owner.
    static func capture(
        _ id: HoldID, _ amount: Money, to sink: AccountKey, at now: Timestamp,
        in unit: UnitOfWork
    ) async throws {
        try await end(
            id, .capture(amount, to: sink.purpose, .of(.holdCaptured, id), at: now), .holdCaptured,
            to: sink, in: unit)
    }

    static func release(_ id: HoldID, at now: Timestamp, in unit: UnitOfWork) async throws {
        try await end(
            id, .release(.of(.holdReleased, id), at: now), .holdReleased, to: nil, in: unit)
    }

    static func expire(_ id: HoldID, at now: Timestamp, in unit: UnitOfWork) async throws {
        try await end(id, .expire(.of(.holdExpired, id), at: now), .holdExpired, to: nil, in: unit)
    }

    /// Gives `amount` of what was captured back to whom it was taken from, debts first; nothing
    /// when this refund was made before.
    static func refund(
        _ id: HoldID, _ refund: RefundID, _ amount: Money, reason: String, at now: Timestamp,
        in unit: UnitOfWork
    ) async throws {
        let events = try await unit.decide(
            Hold.self, id,
            .refund(
                refund, amount, reason: reason, .of(.orderRefund, "\(id)/\(refund)"), at: now))
        guard case .resolved(let hold, let end, _) = try await unit.load(Hold.self, id) else {
            return
        }
        for case .refunded(let fact) in events {
            let currency = fact.amount.currency
            let debt = try await Ledger.balance(
                of: .user(hold.owner, .owed, currency), in: unit)
            try await Ledger.post(
                Movements.credit(
                    fact.amount, to: hold.owner, debt: debt,
                    from: .platform(end.capturedTo ?? .settlement, currency)),
                Ledger.Cause(
                    id: fact.transactionID, kind: .orderRefund, reference: hold.reference,
                    at: fact.refundedAt),
                in: unit)
        }
    }

    private static func end(
        _ id: HoldID, _ command: Hold.Command, _ kind: TransactionKind, to sink: AccountKey?,
        in unit: UnitOfWork
    ) async throws {
        let before = try await unit.load(Hold.self, id)
        let events = try await unit.decide(Hold.self, id, command)
        guard case .open(let hold) = before else { return }
        for case .resolved(let end) in events {
            let currency = hold.amount.currency
            let home = AccountKey.user(hold.owner, .available, currency)
            let debt = try await Ledger.balance(
                of: .user(hold.owner, .owed, currency), in: unit)
            try await Ledger.post(
                Movements.resolve(
                    held: hold.amount, captured: end.captured, owner: hold.owner, debt: debt,
                    to: sink ?? home),
                Ledger.Cause(
                    id: end.transactionID, kind: kind, reference: hold.reference,
                    at: end.resolvedAt),
                in: unit)
            if kind != .holdExpired, hold.expiresAt != nil {
                unit.cancelTimer(expiryTimer, id.description)
            }
        }
    }
}
