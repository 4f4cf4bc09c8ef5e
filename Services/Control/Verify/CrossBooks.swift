internal import EventStore
internal import EventTypes

/// What services did because of one another, each side as its own log tells it. Pure.
struct CrossBooks: Sendable {
    /// Both sides of one kind of effect.
    private struct Pairing {
        /// What must have had its effect.
        var due: Set<String> = []
        /// What may have had it.
        var known: Set<String> = []
        /// How often the effect is there.
        var done: [String: Int] = [:]
        /// Effects that must have their cause.
        var settled: Set<String> = []

        func finding(_ name: String) -> VerifyFinding {
            var faults = due.filter { done[$0] == nil }.sorted().map { "\($0) had no effect" }
            faults += done.filter { $0.value > 1 }.sorted { $0.key < $1.key }
                .map { "\($0.key) had its effect \($0.value) times" }
            faults += settled.subtracting(known).sorted().map { "\($0) has no cause" }
            return VerifyFinding(name, done.count, faults)
        }
    }

    private var messages = Pairing()
    private var credits = Pairing()
    private var confirmations = Pairing()
    private var payments = Pairing()
    private var placed: [String: Int64] = [:]
    private var sums = 0
    private var sumFaults: [String] = []
    var promises: PromiseBook?

    /// Takes one published event.
    ///
    /// - Parameter isOver: whether it was recorded before the marks were taken.
    mutating func take(
        _ event: ReceivedEvent, _ lane: PublishedLane, isOver: Bool, _ marks: PlatformMarks
    ) throws {
        try promises?.take(event)
        func isHandled(by consumer: String) -> Bool {
            marks.hasHandled(consumer, lane, event.slotSequence)
        }
        guard let payload = try event.decodeAny() else { return }
        if let (user, type) = DemoCauses.cause(payload) {
            let telling = "\(event.id) to \(user) as \(type)"
            messages.known.insert(telling)
            if isHandled(by: "notification") { messages.due.insert(telling) }
        }
        switch payload {
        case let fact as NotificationRaised:
            let telling = "\(fact.causeID) to \(fact.userID) as \(fact.type)"
            messages.done[telling, default: 0] += 1
            if isOver { messages.settled.insert(telling) }
        case let fact as CashbackConversionApproved where fact.cashback.isPositive:
            let name = "conversion \(fact.conversionID)"
            credits.known.insert(name)
            if isHandled(by: "wallet") { credits.due.insert(name) }
        case let fact as WalletCashbackCredited:
            let name = "conversion \(fact.conversionID)"
            if fact.amount.isPositive {
                credits.done[name, default: 0] += 1
                if isOver { credits.settled.insert(name) }
            }
            confirmations.known.insert(name)
            if isHandled(by: "cashback") { confirmations.due.insert(name) }
        case let fact as CashbackConversionCredited:
            let name = "conversion \(fact.conversionID)"
            confirmations.done[name, default: 0] += 1
            if isOver { confirmations.settled.insert(name) }
        case let fact as OrderPaid:
            // It is said after the money was taken.
            let name = "order \(fact.orderID) of \(fact.total)"
            payments.done[name, default: 0] += 1
            if isOver { payments.settled.insert(name) }
        case let fact as WalletTransactionPosted: take(fact)
        default: break
        }
    }

    private mutating func take(_ fact: WalletTransactionPosted) {
        sums += 1
        var byCurrency: [Currency: Int64] = [:]
        for posting in fact.postings {
            byCurrency[posting.amount.currency, default: 0] += posting.amount.minorUnits
        }
        for (currency, sum) in byCurrency where sum != 0 {
            sumFaults.append("transaction \(fact.transactionID) sums to \(sum) \(currency.code)")
        }
        // Holds for other purposes than orders have other references.
        guard fact.kind == "hold_captured", fact.reference.hasPrefix("order-") else { return }
        let settled = fact.postings.filter { $0.purpose == "settlement" }
        guard let currency = settled.first?.amount.currency,
            let amount = try? Money(
                minorUnits: settled.reduce(0) { $0 + $1.amount.minorUnits }, currency)
        else { return }
        // The same reference twice is a second payment.
        let name = "\(fact.reference.replacing("-", with: " ", maxReplacements: 1)) of \(amount)"
        placed[name, default: 0] += 1
        payments.known.insert(name)
    }

    /// - Parameter isQuiet: whether everything is held to have come to its end.
    func findings(isQuiet: Bool) -> [VerifyFinding] {
        var payments = payments
        if isQuiet { payments.due = payments.known }
        let twice = placed.filter { $0.value > 1 }.map { "\($0.key) is paid \($0.value) times" }
        var paid = payments.finding("every order is paid by one capture of what it costs")
        if !twice.isEmpty {
            paid = VerifyFinding(paid.name, paid.examined, paid.violations + twice.sorted())
        }
        return [
            VerifyFinding(
                "every posted transaction sums to zero in each currency", sums, sumFaults),
            paid,
            credits.finding("every approved sale is credited once"),
            confirmations.finding("every credit is heard of by its sale once"),
            messages.finding("everybody is told of each cause once, and of nothing else"),
        ] + (promises?.findings(isQuiet: isQuiet) ?? [])
    }
}
