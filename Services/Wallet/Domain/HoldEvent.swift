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
    /// Where the captured money went; nil where nothing was captured, and in older events.
    let capturedTo: AccountPurpose?
    let transactionID: LedgerTransactionID
    let resolvedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case owner, outcome, captured, released
        case capturedTo = "captured_to"
        case transactionID = "transaction_id"
        case resolvedAt = "resolved_at"
    }
}

/// Captured money, or a part of it, went back to whom it was taken from.
struct HoldRefunded: EventPayload {
    static let eventType = EventType("wallet.hold_refunded")
    let holdID: HoldID
    let refundID: RefundID
    let owner: UserID
    let amount: Money
    let reason: String
    let transactionID: LedgerTransactionID
    let refundedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case refundID = "refund_id"
        case owner, amount, reason
        case transactionID = "transaction_id"
        case refundedAt = "refunded_at"
    }
}

enum HoldEvent: DomainEvent {
    case placed(HoldPlaced)
    case resolved(HoldResolved)
    case refunded(HoldRefunded)

    static let forms: [EventForm<Self>] = [
        .form(Self.placed), .form(Self.resolved), .form(Self.refunded),
    ]

    var payload: any EventPayload {
        switch self {
        case .placed(let fact): fact
        case .resolved(let fact): fact
        case .refunded(let fact): fact
        }
    }
}
