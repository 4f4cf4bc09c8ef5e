internal import EventStore
internal import EventTypes

/// The whole ledger, folded anew from the log by nothing but the rules.
struct LedgerAudit: Sendable {
    /// One account as its legs make it.
    struct Standing: Sendable, Equatable {
        let opened: AccountOpened
        var balance: Int64 = 0
        var legs: Int64 = 0
        var lastHash = LegChain.origin
        /// The furthest below zero that it was ever allowed to go.
        var overdraft: Int64 = 0
    }

    /// One leg as one of its two streams tells it.
    private struct Side: Hashable {
        let account: LedgerAccountID
        let amount: Money
    }

    private(set) var standings: [LedgerAccountID: Standing] = [:]
    /// The accounts as they were at the position asked for.
    private(set) var standingsAtMark: [LedgerAccountID: Standing]?
    private(set) var transactions = 0
    private(set) var legs = 0
    private(set) var payments = PaymentAudit()
    private(set) var refunds = RefundAudit()
    private(set) var funding = FundingAudit()

    private(set) var sumFaults = AuditFaults()
    private(set) var chainFaults = AuditFaults()
    private(set) var boundFaults = AuditFaults()
    private(set) var readFaults = AuditFaults()

    private let chain = LegChain.sha256
    private let mark: Int64
    /// Legs whose transaction was not met yet, and the other way round: a unit has both.
    private var openLegs: [LedgerTransactionID: Set<Side>] = [:]
    private var openTransactions: [LedgerTransactionID: Set<Side>] = [:]

    /// - Parameter mark: the position at which `standingsAtMark` is taken.
    init(mark: Int64) { self.mark = mark }

    /// Folds events that follow those before.
    mutating func fold(_ events: [RecordedEvent]) {
        for event in events {
            if event.position > mark, standingsAtMark == nil { standingsAtMark = standings }
            do {
                try fold(event)
            } catch {
                readFaults.add("event \(event.position) cannot be read: \(error)")
            }
        }
    }

    /// To be called after the last event.
    mutating func finish() {
        if standingsAtMark == nil { standingsAtMark = standings }
        for id in openLegs.keys {
            sumFaults.add("the legs of \(id) are not those of a transaction")
        }
        for id in openTransactions.keys {
            sumFaults.add("transaction \(id) has other legs than its accounts")
        }
        var sums: [Currency: Int64] = [:]
        for standing in standings.values {
            sums[standing.opened.currency, default: 0] += standing.balance
        }
        for (currency, sum) in sums where sum != 0 {
            sumFaults.add("all accounts in \(currency.code) sum to \(sum)")
        }
        payments.finish()
        refunds.finish()
        funding.finish()
    }

    private mutating func fold(_ event: RecordedEvent) throws {
        switch String(event.stream.category) {
        case Account.category:
            guard let id = LedgerAccountID(String(event.stream.key)) else { break }
            try fold(event.decode(AccountEvent.self), of: id)
        case LedgerTransaction.category:
            if case .posted(let fact) = try event.decode(TransactionEvent.self) { fold(fact) }
        case Credit.category:
            let fact = try event.decode(CreditEvent.self)
            payments.fold(fact)
            funding.fold(fact)
        case Hold.category: refunds.fold(try event.decode(HoldEvent.self))
        case Withdrawal.category: payments.fold(try event.decode(WithdrawalEvent.self))
        default: break
        }
    }

    private mutating func fold(_ event: AccountEvent, of id: LedgerAccountID) {
        switch event {
        case .opened(let fact):
            if standings[id] != nil { chainFaults.add("account \(id) is opened twice") }
            standings[id] = Standing(opened: fact)
        case .overdraftLimitSet(let fact):
            let before = standings[id]?.overdraft ?? 0
            standings[id]?.overdraft = max(before, fact.limit.minorUnits)
        case .posted(let leg):
            guard var standing = standings[id] else {
                return chainFaults.add("account \(id) has legs before it is opened")
            }
            check(leg, of: id, after: standing)
            standing.balance += leg.amount.minorUnits
            standing.legs = leg.number
            standing.lastHash = leg.hash
            standings[id] = standing
            legs += 1
            match(leg.transactionID, Side(account: id, amount: leg.amount))
        }
    }

    private mutating func check(
        _ leg: LegPosted, of id: LedgerAccountID, after before: Standing
    ) {
        let name = "leg \(leg.number) of account \(id)"
        if leg.number != before.legs + 1 { chainFaults.add("\(name) follows leg \(before.legs)") }
        if chain.link(leg.content, of: id, after: before.lastHash) != leg.hash {
            chainFaults.add("\(name) is not what was posted: its hash differs")
        }
        let balance = before.balance + leg.amount.minorUnits
        if balance != leg.balance.minorUnits {
            chainFaults.add("\(name) says \(leg.balance.minorUnits), the legs say \(balance)")
        }
        let isWithin =
            switch before.opened.purpose.bounds {
            case .none: true
            case .notBelowZero: balance >= -before.overdraft || leg.amount.isPositive
            case .notAboveZero: balance <= 0 || leg.amount.isNegative
            }
        if !isWithin { boundFaults.add("\(name) brings it to \(balance)") }
    }

    // MARK: Transactions

    private mutating func fold(_ fact: TransactionPosted) {
        transactions += 1
        do throws(WalletError) {
            try LedgerTransaction.check(
                fact.legs.map { (account: $0.accountID, amount: $0.amount) })
        } catch {
            sumFaults.add("transaction \(fact.transactionID): \(error)")
        }
        payments.fold(fact)
        refunds.fold(fact)
        funding.fold(fact)
        let sides = Set(fact.legs.map { Side(account: $0.accountID, amount: $0.amount) })
        if openLegs[fact.transactionID] == sides {
            openLegs[fact.transactionID] = nil
        } else {
            openTransactions[fact.transactionID] = sides
        }
    }

    private mutating func match(_ id: LedgerTransactionID, _ side: Side) {
        openLegs[id, default: []].insert(side)
        if openLegs[id] == openTransactions[id] {
            openLegs[id] = nil
            openTransactions[id] = nil
        }
    }
}
