internal import EventTypes

/// Refunds against the holds that were captured and the transactions that they led to.
struct RefundAudit: Sendable {
    /// What a refund moves: so much, out of this account of the platform's, to this person.
    private struct Movement: Hashable {
        let amount: Money
        let source: AccountPurpose
        let owner: UserID
    }

    private struct Capture {
        let amount: Money
        let sink: AccountPurpose
        var refunded: Int64 = 0
    }

    private var captures: [HoldID: Capture] = [:]
    private var refunds: [LedgerTransactionID: Movement] = [:]
    private var transactions: [LedgerTransactionID: Movement] = [:]
    private(set) var faults = AuditFaults()
    private(set) var examined = 0

    mutating func fold(_ event: HoldEvent) {
        switch event {
        case .placed: break
        case .resolved(let fact):
            guard fact.outcome == .captured else { return }
            captures[fact.holdID] = Capture(
                amount: fact.captured, sink: fact.capturedTo ?? .settlement)
        case .refunded(let fact):
            examined += 1
            guard var capture = captures[fact.holdID] else {
                return faults.add("hold \(fact.holdID) is refunded and was not captured")
            }
            capture.refunded += fact.amount.minorUnits
            captures[fact.holdID] = capture
            if capture.refunded > capture.amount.minorUnits
                || fact.amount.currency != capture.amount.currency
            {
                faults.add("refund \(fact.refundID) exceeds what hold \(fact.holdID) captured")
            }
            let movement = Movement(
                amount: fact.amount, source: capture.sink, owner: fact.owner)
            if refunds.updateValue(movement, forKey: fact.transactionID) != nil {
                faults.add("transaction \(fact.transactionID) is of two refunds")
            }
        }
    }

    mutating func fold(_ transaction: TransactionPosted) {
        guard transaction.kind == .orderRefund else { return }
        let id = transaction.transactionID
        let sources = transaction.legs.filter { !$0.purpose.isPersonal }
        let owners = Set(transaction.legs.compactMap(\.owner))
        guard sources.count == 1, owners.count == 1, let source = sources.first,
            let owner = owners.first
        else { return faults.add("transaction \(id) is no refund of one person's money") }
        transactions[id] = Movement(
            amount: source.amount.negated, source: source.purpose, owner: owner)
    }

    /// To be called after the last event.
    mutating func finish() {
        for (id, refund) in refunds where transactions.removeValue(forKey: id) != refund {
            faults.add("transaction \(id) is not what its refund says")
        }
        for id in transactions.keys { faults.add("transaction \(id) refunds no hold") }
    }
}
