internal import EventTypes

/// A network reported a sale that belongs to a click.
struct ConversionTracked: EventPayload {
    static let eventType = EventType("cashback.sale_tracked")
    let conversionID: ConversionID
    let click: ClickRecorded
    let network: String
    let actionID: String
    let sale: Money
    let soldAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case click, network
        case actionID = "action_id"
        case sale
        case soldAt = "sold_at"
    }
}

/// What came of a postback.
enum PostbackOutcome: String, Codable, CaseIterable, Sendable {
    /// It moved the sale along.
    case applied
    /// It says what was known.
    case unchanged
    /// A newer version was known already.
    case stale
    /// The sale is at its end.
    case afterEnd = "after_end"
    /// It takes effect once the credit has arrived.
    case deferred
    /// It would raise what was credited: somebody looks at it.
    case review
}

/// A version of a sale arrived; its text is kept as it came.
struct PostbackRecorded: EventPayload {
    static let eventType = EventType("cashback.postback_recorded")
    let version: Int64
    let status: SaleStatus
    let sale: Money
    let source: Postback.Source
    let raw: String
    let receivedAt: Timestamp
    let outcome: PostbackOutcome
    /// For `deferred`: the cashback that is to remain once the credit has arrived.
    let keeps: Money?
    /// For `deferred`: why the rest is taken back.
    let reason: String?

    enum CodingKeys: String, CodingKey {
        case version, status, sale, source, raw
        case receivedAt = "received_at"
        case outcome, keeps, reason
    }
}

/// The ledger has taken back what was clawed back.
struct ClawbackSettled: EventPayload {
    static let eventType = EventType("cashback.clawback_settled")
    let amount: Money
    /// The part that its owner's account could not cover.
    let owed: Money
    let transactionID: LedgerTransactionID

    enum CodingKeys: String, CodingKey {
        case amount, owed
        case transactionID = "transaction_id"
    }
}

enum ConversionEvent: DomainEvent {
    case tracked(ConversionTracked)
    case postbackRecorded(PostbackRecorded)
    case pending(CashbackConversionPending)
    case approved(CashbackConversionApproved)
    case declined(CashbackConversionDeclined)
    case credited(CashbackConversionCredited)
    case clawedBack(CashbackConversionClawedBack)
    case clawbackSettled(ClawbackSettled)

    static let forms: [EventForm<Self>] = [
        .form(Self.tracked), .form(Self.postbackRecorded), .form(Self.pending),
        .form(Self.approved), .form(Self.declined), .form(Self.credited), .form(Self.clawedBack),
        .form(Self.clawbackSettled),
    ]

    var payload: any EventPayload {
        switch self {
        case .tracked(let fact): fact
        case .postbackRecorded(let fact): fact
        case .pending(let fact): fact
        case .approved(let fact): fact
        case .declined(let fact): fact
        case .credited(let fact): fact
        case .clawedBack(let fact): fact
        case .clawbackSettled(let fact): fact
        }
    }
}
