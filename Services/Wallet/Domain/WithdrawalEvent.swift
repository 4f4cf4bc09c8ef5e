internal import EventTypes

/// A person asked for a payout; the amount is held.
struct WithdrawalRequested: EventPayload {
    static let eventType = EventType("wallet.payout_requested")
    let withdrawalID: WithdrawalID
    let userID: UserID
    let amount: Money
    let destinationKind: PayoutDestination.Kind
    /// The recipient's account, under the key of its owner.
    let destination: SealedText
    let holdID: HoldID
    let requestedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case destinationKind = "destination_kind"
        case destination
        case holdID = "hold_id"
        case requestedAt = "requested_at"
    }
}

/// Finance approved the payout.
struct WithdrawalApproved: EventPayload {
    static let eventType = EventType("wallet.payout_approved")
    let withdrawalID: WithdrawalID
    let userID: UserID
    let amount: Money
    let approvedBy: UserID
    let approvedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case approvedBy = "approved_by"
        case approvedAt = "approved_at"
    }
}

/// Finance or its owner stopped the payout before it left.
struct WithdrawalStopped: EventPayload {
    static let eventType = EventType("wallet.payout_stopped")
    let withdrawalID: WithdrawalID
    let userID: UserID
    let amount: Money
    let stoppedBy: UserID
    let isCancelledByOwner: Bool
    let reason: String
    let stoppedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case stoppedBy = "stopped_by"
        case isCancelledByOwner = "is_cancelled_by_owner"
        case reason
        case stoppedAt = "stopped_at"
    }
}

/// The provider knows the payout, or moved it along.
struct PayoutProgressed: EventPayload {
    static let eventType = EventType("wallet.payout_progressed")
    let provider: String
    let providerReference: String
    let status: PaymentStatus
    let reportedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case provider
        case providerReference = "provider_reference"
        case status
        case reportedAt = "reported_at"
    }
}

/// The payout reached its recipient.
struct WithdrawalPaid: EventPayload {
    static let eventType = EventType("wallet.payout_paid")
    let withdrawalID: WithdrawalID
    let userID: UserID
    let amount: Money
    let provider: String
    let providerReference: String
    let transactionID: LedgerTransactionID
    let paidAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case provider
        case providerReference = "provider_reference"
        case transactionID = "transaction_id"
        case paidAt = "paid_at"
    }
}

/// The payout could not be delivered; the money is its owner's again.
struct WithdrawalFailed: EventPayload {
    static let eventType = EventType("wallet.payout_failed")
    let withdrawalID: WithdrawalID
    let userID: UserID
    let amount: Money
    let provider: String
    let providerReference: String?
    let reason: String
    let transactionID: LedgerTransactionID
    let failedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case provider
        case providerReference = "provider_reference"
        case reason
        case transactionID = "transaction_id"
        case failedAt = "failed_at"
    }
}

enum WithdrawalEvent: DomainEvent {
    case requested(WithdrawalRequested)
    case approved(WithdrawalApproved)
    case stopped(WithdrawalStopped)
    case progressed(PayoutProgressed)
    case paid(WithdrawalPaid)
    case failed(WithdrawalFailed)

    static let forms: [EventForm<Self>] = [
        .form(Self.requested), .form(Self.approved), .form(Self.stopped), .form(Self.progressed),
        .form(Self.paid), .form(Self.failed),
    ]

    var payload: any EventPayload {
        switch self {
        case .requested(let fact): fact
        case .approved(let fact): fact
        case .stopped(let fact): fact
        case .progressed(let fact): fact
        case .paid(let fact): fact
        case .failed(let fact): fact
        }
    }
}
