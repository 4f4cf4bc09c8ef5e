internal import EventTypes

/// One leg as it is asked for.
struct Leg: Hashable, Sendable {
    let account: AccountKey
    let amount: Money
}

/// One leg as it was posted.
struct PostedLeg: Hashable, Sendable, Codable {
    let accountID: LedgerAccountID
    let owner: UserID?
    let purpose: AccountPurpose
    let amount: Money
    /// The account's balance with this leg.
    let balance: Money
    /// Which leg of its account it is.
    let number: Int64

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
        case owner, purpose, amount, balance, number
    }
}

/// Money moved between accounts; the legs sum to zero in every currency.
struct TransactionPosted: EventPayload {
    static let eventType = EventType("wallet.ledger_transaction_posted")
    let transactionID: LedgerTransactionID
    let kind: TransactionKind
    /// What caused it, as `kind-identifier`.
    let reference: String
    let legs: [PostedLeg]
    let postedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case transactionID = "transaction_id"
        case kind, reference, legs
        case postedAt = "posted_at"
    }
}

enum TransactionEvent: DomainEvent {
    case posted(TransactionPosted)

    static let forms: [EventForm<Self>] = [.form(Self.posted)]

    var payload: any EventPayload {
        switch self {
        case .posted(let fact): fact
        }
    }
}

/// A transaction is posted once and never changed; a mistake is put right by another one.
enum LedgerTransaction: Decider {
    static let category = "transaction"
    static let initial = State()
    /// More would be a batch, not a transaction.
    static let mostLegs = 64

    struct State: Sendable, Equatable {
        var posted: TransactionPosted?
    }

    enum Command: Sendable {
        case post(TransactionPosted)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(WalletError) -> [TransactionEvent] {
        switch command {
        case .post(let transaction):
            if let posted = state.posted {
                guard posted.isSame(as: transaction) else { throw .transactionReused }
                return []
            }
            try check(
                transaction.legs.map { (account: $0.accountID, amount: $0.amount) })
            return [.posted(transaction)]
        }
    }

    /// At least two legs, none of zero, no account twice, and zero as the sum in every currency.
    static func check(
        _ legs: [(account: LedgerAccountID, amount: Money)]
    ) throws(WalletError) {
        guard (2...mostLegs).contains(legs.count) else { throw .tooFewLegs }
        guard !legs.contains(where: { $0.amount.isZero }) else { throw .zeroLeg }
        // Nearly always two legs: to compare each with each takes less than to make a table.
        for (index, leg) in legs.enumerated() {
            guard !legs[..<index].contains(where: { $0.account == leg.account }) else {
                throw .accountTwice
            }
        }
        for (index, leg) in legs.enumerated() {
            let currency = leg.amount.currency
            if legs[..<index].contains(where: { $0.amount.currency == currency }) { continue }
            var sum = Money.zero(currency)
            for other in legs where other.amount.currency == currency {
                sum = try sum.plus(other.amount)
            }
            guard sum.isZero else { throw .postingsDoNotBalance(currency) }
        }
    }

    static func evolve(_ state: inout State, _ event: TransactionEvent) {
        switch event {
        case .posted(let fact): state.posted = fact
        }
    }
}

extension TransactionPosted {
    /// Whether both move the same money for the same cause, whenever that was.
    fileprivate func isSame(as other: TransactionPosted) -> Bool {
        kind == other.kind && reference == other.reference
            && Set(legs.map { Leg(accountID: $0.accountID, amount: $0.amount) })
                == Set(other.legs.map { Leg(accountID: $0.accountID, amount: $0.amount) })
    }

    private struct Leg: Hashable {
        let accountID: LedgerAccountID
        let amount: Money
    }
}
