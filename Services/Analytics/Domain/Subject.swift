internal import EventTypes

/// Whatever facts are about: a person, a click, a sale, a payout. Each has its own stream, so its
/// facts keep their order; the same fact is recorded once, however often it is delivered.
enum Subject: Decider {
    static let category = "subject"
    static let initial = State()

    struct State: Sendable {
        var known: Set<EventID> = []
    }

    /// Facts are never refused.
    enum Refusal: Error {}

    enum Command: Sendable {
        case record(FactRecorded)
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [SubjectEvent] {
        switch command {
        case .record(let fact): state.known.contains(fact.id) ? [] : [.recorded(fact)]
        }
    }

    static func evolve(_ state: inout State, _ event: SubjectEvent) {
        switch event {
        case .recorded(let fact): state.known.insert(fact.id)
        }
    }

    /// The key of what an event is about. Events that reports join lie with their subject, whatever
    /// stream they were published from; all others keep the stream of their source.
    static func key(of event: any PublishedEvent, from source: String, _ stream: StreamID) -> String
    {
        switch event {
        case let fact as UserRegistered: "person-\(fact.userID)"
        case let fact as UserEmailVerified: "person-\(fact.userID)"
        case let fact as CatalogMerchantRegistered: "merchant-\(fact.merchantID)"
        case let fact as CashbackClickRecorded: "click-\(fact.clickID)"
        case let fact as CashbackConversionTracked: "sale-\(fact.conversionID)"
        case let fact as CashbackConversionPending: "sale-\(fact.conversionID)"
        case let fact as CashbackConversionApproved: "sale-\(fact.conversionID)"
        case let fact as CashbackConversionDeclined: "sale-\(fact.conversionID)"
        case let fact as CashbackConversionCredited: "sale-\(fact.conversionID)"
        case let fact as CashbackConversionClawedBack: "sale-\(fact.conversionID)"
        case let fact as WalletTransactionPosted: "transaction-\(fact.transactionID)"
        case let fact as WalletWithdrawalRequested: "payout-\(fact.withdrawalID)"
        case let fact as WalletWithdrawalApproved: "payout-\(fact.withdrawalID)"
        case let fact as WalletWithdrawalRejected: "payout-\(fact.withdrawalID)"
        case let fact as WalletWithdrawalPaid: "payout-\(fact.withdrawalID)"
        case let fact as WalletWithdrawalFailed: "payout-\(fact.withdrawalID)"
        case let fact as OrderPlaced: "order-\(fact.orderID)"
        case let fact as OrderPaid: "order-\(fact.orderID)"
        case let fact as OrderFulfilled: "order-\(fact.orderID)"
        case let fact as OrderCancelled: "order-\(fact.orderID)"
        case let fact as OrderRefunded: "order-\(fact.orderID)"
        case let fact as CMSDocumentPublished: "document-\(fact.documentID)"
        case let fact as CMSDocumentUnpublished: "document-\(fact.documentID)"
        // Sessions are many: their facts are no part of the person's own stream.
        case let fact as UserSignedIn: "session-\(fact.sessionID)"
        default: "\(source)-\(stream.name)"
        }
    }
}

enum SubjectEvent: DomainEvent {
    case recorded(FactRecorded)

    static let forms: [EventForm<Self>] = [.form(Self.recorded)]

    var payload: any EventPayload {
        switch self {
        case .recorded(let fact): fact
        }
    }
}
