internal import Bus
internal import EventStore
internal import EventTypes
internal import Runtime

/// What people must have been told, and what they were, read from the topics themselves.
struct DemoCauses: Sendable {
    /// That somebody is to be told of something.
    struct Telling: Hashable, Sendable {
        let userID: UserID
        let type: String
        let cause: EventID
    }

    /// What gives cause, by the events that other services published.
    private(set) var due: Set<Telling> = []
    /// How often each was told.
    private(set) var told: [Telling: Int] = [:]
    /// Orders, and how often each was said to be paid.
    private(set) var paid: [OrderID: Int] = [:]
    /// The captures of people's holds, and what they brought.
    private(set) var captures: [LedgerTransactionID: Int64] = [:]
    /// Messages that a mail server took.
    private(set) var mailed: Set<EventID> = []

    private let people: Set<UserID>

    /// Reads everything that was published since `start` for these people.
    static func read(
        _ people: Set<UserID>, since start: Timestamp, brokers: String, loop: EventLoop
    ) async throws -> DemoCauses {
        let logger = Logger(
            label: "demo", level: .error, sink: StandardLogSink(format: .automatic))
        let reader = try BusReader(
            try BusConfiguration(bootstrapServers: brokers, clientID: "souk-demo"), loop: loop,
            logger: logger)
        let topics: [Topic] = [
            .userEvents, .orderEvents, .cashbackEvents, .walletEvents, .notificationEvents,
        ]
        var causes = DemoCauses(people: people)
        // A topic that was filled again may hold an event twice.
        var seen: Set<EventID> = []
        for try await batch in reader.read(topics.map(\.rawValue)) {
            for record in batch.records {
                guard let event = ReceivedEvent(record), event.time >= start,
                    seen.insert(event.id).inserted, let payload = try event.decodeAny()
                else { continue }
                causes.take(payload, event.id)
            }
        }
        return causes
    }

    private init(people: Set<UserID>) { self.people = people }

    /// What differs; empty when everybody was told of everything once.
    var faults: [String] {
        var faults: [String] = []
        let missing = due.subtracting(told.keys)
        let idle = Set(told.keys).subtracting(due)
        let repeated = told.filter { $0.value > 1 }
        if !missing.isEmpty { faults.append("\(missing.count) untold (\(Self.kinds(missing)))") }
        if !idle.isEmpty { faults.append("\(idle.count) without cause (\(Self.kinds(idle)))") }
        if !repeated.isEmpty {
            faults.append("\(repeated.count) repeated (\(Self.kinds(Set(repeated.keys))))")
        }
        return faults
    }

    /// How many of a kind one person was told.
    func told(_ user: UserID) -> [String: Int] {
        told.filter { $0.key.userID == user }.reduce(into: [:]) { counts, telling in
            counts[telling.key.type, default: 0] += telling.value
        }
    }

    private static func kinds(_ tellings: Set<Telling>) -> String {
        let counts = tellings.reduce(into: [String: Int]()) { $0[$1.type, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            .joined(separator: ", ")
    }

    private mutating func take(_ event: any PublishedEvent, _ id: EventID) {
        switch event {
        case let fact as NotificationRaised where people.contains(fact.userID):
            told[
                Telling(userID: fact.userID, type: fact.type, cause: fact.causeID), default: 0] += 1
        case let fact as NotificationEmailSent where people.contains(fact.userID):
            mailed.insert(fact.messageID)
        case let fact as WalletTransactionPosted where fact.kind == "hold_captured":
            let settled = fact.postings.filter { $0.purpose == "settlement" }
            guard fact.postings.contains(where: { $0.owner.map(people.contains) == true }),
                !settled.isEmpty
            else { break }
            captures[fact.transactionID] = settled.reduce(0) { $0 + $1.amount.minorUnits }
        default:
            if let fact = event as? OrderPaid, people.contains(fact.userID) {
                paid[fact.orderID, default: 0] += 1
            }
            guard let (user, type) = Self.cause(event), people.contains(user) else { break }
            due.insert(Telling(userID: user, type: type, cause: id))
        }
    }

    /// Whom an event is told to, and as what.
    static func cause(_ event: any PublishedEvent) -> (UserID, String)? {
        switch event {
        case let fact as UserEmailVerified: (fact.userID, "welcome")
        case let fact as OrderPaid: (fact.userID, "order_paid")
        case let fact as OrderFulfilled: (fact.userID, "order_fulfilled")
        case let fact as OrderCancelled: (fact.userID, "order_cancelled")
        case let fact as OrderRefunded: (fact.userID, "order_refunded")
        case let fact as OrderCheckoutFailed: (fact.userID, "checkout_failed")
        case let fact as CashbackConversionPending where fact.cashback.isPositive:
            (fact.userID, "cashback_pending")
        case let fact as CashbackConversionCredited where fact.cashback.isPositive:
            (fact.userID, "cashback_credited")
        case let fact as CashbackConversionDeclined: fact.userID.map { ($0, "cashback_declined") }
        case let fact as CashbackConversionClawedBack where fact.amount.isPositive:
            (fact.userID, "cashback_clawed_back")
        case let fact as WalletDepositSettled: (fact.userID, "deposit_settled")
        case let fact as WalletWithdrawalRequested: (fact.userID, "withdrawal_requested")
        case let fact as WalletWithdrawalApproved: (fact.userID, "withdrawal_approved")
        case let fact as WalletWithdrawalRejected: (fact.userID, "withdrawal_rejected")
        case let fact as WalletWithdrawalPaid: (fact.userID, "withdrawal_paid")
        case let fact as WalletWithdrawalFailed: (fact.userID, "withdrawal_failed")
        default: nil
        }
    }
}
