internal import EventTypes

/// An account of the ledger exists from its first leg on.
struct AccountOpened: EventPayload {
    static let eventType = EventType("wallet.account_opened")
    let accountID: LedgerAccountID
    let owner: UserID?
    let purpose: AccountPurpose
    let currency: Currency
    let openedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
        case owner, purpose, currency
        case openedAt = "opened_at"
    }
}

/// A transaction changed the balance.
struct LegPosted: EventPayload {
    static let eventType = EventType("wallet.leg_posted")
    let number: Int64
    let transactionID: LedgerTransactionID
    let kind: TransactionKind
    let reference: String
    let amount: Money
    let balance: Money
    let postedAt: Timestamp
    /// Over this leg and the hash of the one before, in hexadecimal digits.
    let hash: String

    enum CodingKeys: String, CodingKey {
        case number
        case transactionID = "transaction_id"
        case kind, reference, amount, balance
        case postedAt = "posted_at"
        case hash
    }

    init(_ content: LegContent, hash: String) {
        number = content.number
        transactionID = content.transactionID
        kind = content.kind
        reference = content.reference
        amount = content.amount
        balance = content.balance
        postedAt = content.postedAt
        self.hash = hash
    }

    var content: LegContent {
        LegContent(
            number: number, transactionID: transactionID, kind: kind, reference: reference,
            amount: amount, balance: balance, postedAt: postedAt)
    }
}

/// How far below zero the account may go has changed.
struct OverdraftLimitSet: EventPayload {
    static let eventType = EventType("wallet.overdraft_limit_set")
    let limit: Money
    let setBy: UserID

    enum CodingKeys: String, CodingKey {
        case limit
        case setBy = "set_by"
    }
}

enum AccountEvent: DomainEvent {
    case opened(AccountOpened)
    case posted(LegPosted)
    case overdraftLimitSet(OverdraftLimitSet)

    static let forms: [EventForm<Self>] = [
        .form(Self.opened), .form(Self.posted), .form(Self.overdraftLimitSet),
    ]

    var payload: any EventPayload {
        switch self {
        case .opened(let fact): fact
        case .posted(let fact): fact
        case .overdraftLimitSet(let fact): fact
        }
    }
}
