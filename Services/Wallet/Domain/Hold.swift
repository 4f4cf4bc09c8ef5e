internal import EventTypes

/// How a hold ended.
enum HoldOutcome: String, Codable, CaseIterable, Sendable {
    case captured, released, expired
}

/// Money was set aside; its owner cannot spend it until the hold is resolved.
struct HoldPlaced: EventPayload {
    static let eventType = EventType("wallet.hold_placed")
    let holdID: HoldID
    let owner: UserID
    let amount: Money
    /// What it is for, as `kind-identifier`.
    let reference: String
    let placedAt: Timestamp
    /// When it ends by itself; nil when only its holder ends it.
    let expiresAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case owner, amount, reference
        case placedAt = "placed_at"
        case expiresAt = "expires_at"
    }
}

/// A hold ended: what was captured moved on, the rest went back to its owner.
struct HoldResolved: EventPayload {
    static let eventType = EventType("wallet.hold_resolved")
    let holdID: HoldID
    let owner: UserID
    let outcome: HoldOutcome
    let captured: Money
    let released: Money
    let transactionID: LedgerTransactionID
    let resolvedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case owner, outcome, captured, released
        case transactionID = "transaction_id"
        case resolvedAt = "resolved_at"
    }
}

enum HoldEvent: DomainEvent {
    case placed(HoldPlaced)
    case resolved(HoldResolved)

    static let forms: [EventForm<Self>] = [.form(Self.placed), .form(Self.resolved)]

    var payload: any EventPayload {
        switch self {
        case .placed(let fact): fact
        case .resolved(let fact): fact
        }
    }
}

/// A hold: placed, then captured, released or expired, once.
enum Hold: Decider {
    static let category = "hold"
    static let initial = State.none
    /// A hold that would outlive this is a loan.
    static let longest = Duration.seconds(90 * 86_400)

    enum State: Sendable, Equatable {
        /// Next: `open`.
        case none
        /// Next: `resolved`.
        case open(HoldPlaced)
        case resolved(HoldPlaced, HoldResolved)
    }

    enum Command: Sendable {
        case place(HoldPlaced)
        /// Takes `amount` and releases the remainder.
        case capture(Money, LedgerTransactionID, at: Timestamp)
        case release(LedgerTransactionID, at: Timestamp)
        case expire(LedgerTransactionID, at: Timestamp)
    }

    static func decide(_ command: Command, _ state: State) throws(WalletError) -> [HoldEvent] {
        switch command {
        case .place(let hold):
            return try place(hold, state)
        case .capture(let amount, let transaction, let at):
            let hold = try open(state)
            guard amount.currency == hold.amount.currency else { throw .currencyMismatch }
            guard amount.isPositive else { throw .amountNotPositive }
            guard amount.minorUnits <= hold.amount.minorUnits else {
                throw .captureExceedsHold(held: hold.amount)
            }
            return [try resolve(hold, .captured, capturing: amount, transaction, at)]
        case .release(let transaction, let at):
            let hold = try open(state)
            return [
                try resolve(
                    hold, .released, capturing: .zero(hold.amount.currency), transaction, at)
            ]
        case .expire(let transaction, let at):
            guard case .open(let hold) = state else { return [] }
            guard let due = hold.expiresAt, at >= due else { throw .holdNotDue }
            return [
                try resolve(hold, .expired, capturing: .zero(hold.amount.currency), transaction, at)
            ]
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
        case .open(let placed), .resolved(let placed, _):
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
        case .resolved(_, let end): throw .holdResolved(end.outcome)
        }
    }

    private static func resolve(
        _ hold: HoldPlaced, _ outcome: HoldOutcome, capturing amount: Money,
        _ transaction: LedgerTransactionID, _ at: Timestamp
    ) throws(WalletError) -> HoldEvent {
        .resolved(
            HoldResolved(
                holdID: hold.holdID, owner: hold.owner, outcome: outcome, captured: amount,
                released: try hold.amount.minus(amount), transactionID: transaction, resolvedAt: at)
        )
    }

    static func evolve(_ state: inout State, _ event: HoldEvent) {
        switch (state, event) {
        case (_, .placed(let fact)): state = .open(fact)
        case (.open(let hold), .resolved(let fact)): state = .resolved(hold, fact)
        case (_, .resolved): break
        }
    }
}
