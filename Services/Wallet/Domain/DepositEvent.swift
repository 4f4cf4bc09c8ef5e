internal import EventTypes

/// A person wants to pay in.
struct DepositInitiated: EventPayload {
    static let eventType = EventType("wallet.deposit_initiated")
    let depositID: DepositID
    let userID: UserID
    let amount: Money
    let initiatedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case depositID = "deposit_id"
        case userID = "user_id"
        case amount
        case initiatedAt = "initiated_at"
    }
}

/// The provider knows the deposit, or moved it along.
struct DepositProgressed: EventPayload {
    static let eventType = EventType("wallet.deposit_progressed")
    let provider: String
    let providerReference: String
    let status: PaymentStatus
    /// Where the person goes on with paying.
    let checkoutURL: String?
    let reportedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case provider
        case providerReference = "provider_reference"
        case status
        case checkoutURL = "checkout_url"
        case reportedAt = "reported_at"
    }
}

/// The money arrived.
struct DepositSettled: EventPayload {
    static let eventType = EventType("wallet.deposit_arrived")
    let depositID: DepositID
    let userID: UserID
    let amount: Money
    let provider: String
    let providerReference: String
    let transactionID: LedgerTransactionID
    let settledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case depositID = "deposit_id"
        case userID = "user_id"
        case amount, provider
        case providerReference = "provider_reference"
        case transactionID = "transaction_id"
        case settledAt = "settled_at"
    }
}

/// The money will not arrive.
struct DepositFailed: EventPayload {
    static let eventType = EventType("wallet.deposit_failed")
    let provider: String
    let providerReference: String?
    let reason: String
    let failedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case provider
        case providerReference = "provider_reference"
        case reason
        case failedAt = "failed_at"
    }
}

enum DepositEvent: DomainEvent {
    case initiated(DepositInitiated)
    case progressed(DepositProgressed)
    case settled(DepositSettled)
    case failed(DepositFailed)

    static let forms: [EventForm<Self>] = [
        .form(Self.initiated), .form(Self.progressed), .form(Self.settled), .form(Self.failed),
    ]

    var payload: any EventPayload {
        switch self {
        case .initiated(let fact): fact
        case .progressed(let fact): fact
        case .settled(let fact): fact
        case .failed(let fact): fact
        }
    }
}
