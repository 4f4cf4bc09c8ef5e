internal import EventTypes

/// Cashback owed for a sale, as the cashback service said.
struct ApprovalNoted: EventPayload {
    static let eventType = EventType("wallet.cashback_approval_noted")
    let conversionID: ConversionID
    let userID: UserID
    let cashback: Money
    /// The account that pays for it; nil in events of before there were two.
    let fundedBy: AccountPurpose?
    /// The event that said so.
    let causedBy: EventID

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case userID = "user_id"
        case cashback
        case fundedBy = "funded_by"
        case causedBy = "caused_by"
    }
}

/// Cashback to be taken back, as the cashback service said.
struct ClawbackNoted: EventPayload {
    static let eventType = EventType("wallet.cashback_clawback_noted")
    let conversionID: ConversionID
    let amount: Money
    let reason: String
    let causedBy: EventID

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case amount, reason
        case causedBy = "caused_by"
    }
}

enum CreditEvent: DomainEvent {
    case approvalNoted(ApprovalNoted)
    case credited(WalletCashbackCredited)
    case clawbackNoted(ClawbackNoted)
    case clawedBack(WalletCashbackClawedBack)

    static let forms: [EventForm<Self>] = [
        .form(Self.approvalNoted), .form(Self.credited), .form(Self.clawbackNoted),
        .form(Self.clawedBack),
    ]

    var payload: any EventPayload {
        switch self {
        case .approvalNoted(let fact): fact
        case .credited(let fact): fact
        case .clawbackNoted(let fact): fact
        case .clawedBack(let fact): fact
        }
    }
}

/// The cashback of one conversion: credited once, taken back at most as far as it was credited.
enum Credit: Decider {
    static let category = "conversion"
    static let initial = State()

    struct State: Sendable, Equatable {
        var credited: WalletCashbackCredited?
        var clawedBack: Money?
        var causes: Set<EventID> = []
        /// The account that paid for it, and that gets back what is taken back.
        var fundedBy = AccountPurpose.networkReceivable

        /// What has not been taken back.
        var remaining: Money? {
            guard let credited else { return nil }
            return try? credited.amount.subtracting(clawedBack ?? .zero(credited.amount.currency))
        }
    }

    /// Who pays for the cashback of a sale: shops for the platform's own orders, networks for what
    /// they report.
    static func funding(of network: String?) -> AccountPurpose {
        network == "souk" ? .settlement : .networkReceivable
    }

    enum Command: Sendable {
        case credit(ApprovalNoted, LedgerTransactionID)
        /// `owed` is the part that the account could not cover.
        case clawBack(ClawbackNoted, owed: Money, LedgerTransactionID)
    }

    static func decide(_ command: Command, _ state: State) throws(WalletError) -> [CreditEvent] {
        switch command {
        case .credit(let approval, let transaction):
            if state.credited != nil { return [] }
            guard !approval.cashback.isNegative else { throw .amountNotPositive }
            return [
                .approvalNoted(approval),
                .credited(
                    WalletCashbackCredited(
                        conversionID: approval.conversionID, userID: approval.userID,
                        amount: approval.cashback, transactionID: transaction)),
            ]
        case .clawBack(let clawback, let owed, let transaction):
            if state.causes.contains(clawback.causedBy) { return [] }
            guard let credited = state.credited, let remaining = state.remaining else {
                throw .notCredited
            }
            guard clawback.amount.isPositive else { throw .amountNotPositive }
            guard clawback.amount.currency == remaining.currency else { throw .currencyMismatch }
            guard clawback.amount.minorUnits <= remaining.minorUnits else {
                throw .clawbackExceedsCredit(remaining: remaining)
            }
            return [
                .clawbackNoted(clawback),
                .clawedBack(
                    WalletCashbackClawedBack(
                        conversionID: clawback.conversionID, userID: credited.userID,
                        amount: clawback.amount, owed: owed, transactionID: transaction)),
            ]
        }
    }

    static func evolve(_ state: inout State, _ event: CreditEvent) {
        switch event {
        case .approvalNoted(let fact):
            state.causes.insert(fact.causedBy)
            state.fundedBy = fact.fundedBy ?? .networkReceivable
        case .credited(let fact): state.credited = fact
        case .clawbackNoted(let fact): state.causes.insert(fact.causedBy)
        case .clawedBack(let fact):
            let before = state.clawedBack ?? .zero(fact.amount.currency)
            state.clawedBack = (try? before.adding(fact.amount)) ?? before
        }
    }
}
