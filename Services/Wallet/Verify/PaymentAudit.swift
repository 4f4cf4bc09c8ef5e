internal import EventTypes

/// Cashback and payouts against the transactions that they led to.
struct PaymentAudit: Sendable {
    private var credited: [ConversionID: LedgerTransactionID] = [:]
    private var creditTransactions: Set<LedgerTransactionID> = []
    private var paid: [WithdrawalID: LedgerTransactionID] = [:]
    private var payoutTransactions: [LedgerTransactionID: String] = [:]
    private(set) var creditFaults = AuditFaults()
    private(set) var payoutFaults = AuditFaults()
    private(set) var credits = 0
    private(set) var payouts = 0

    mutating func fold(_ event: CreditEvent) {
        guard case .credited(let fact) = event else { return }
        credits += 1
        let before = credited.updateValue(fact.transactionID, forKey: fact.conversionID)
        if before != nil { creditFaults.add("conversion \(fact.conversionID) is credited twice") }
        if fact.amount.isZero { credited[fact.conversionID] = nil }
    }

    mutating func fold(_ event: WithdrawalEvent) {
        guard case .paid(let fact) = event else { return }
        payouts += 1
        if paid.updateValue(fact.transactionID, forKey: fact.withdrawalID) != nil {
            payoutFaults.add("withdrawal \(fact.withdrawalID) is paid twice")
        }
    }

    mutating func fold(_ transaction: TransactionPosted) {
        let id = transaction.transactionID
        switch transaction.kind {
        case .cashbackCredit:
            if !creditTransactions.insert(id).inserted {
                creditFaults.add("transaction \(id) is posted twice")
            }
        case .withdrawalPaid:
            if payoutTransactions.updateValue(transaction.reference, forKey: id) != nil {
                payoutFaults.add("transaction \(id) is posted twice")
            }
        default: break
        }
    }

    /// To be called after the last event.
    mutating func finish() {
        for (conversion, transaction) in credited
        where creditTransactions.remove(transaction) == nil {
            creditFaults.add("the credit of conversion \(conversion) has no transaction")
        }
        for transaction in creditTransactions {
            creditFaults.add("transaction \(transaction) credits no conversion")
        }
        for (withdrawal, transaction) in paid {
            let reference = payoutTransactions.removeValue(forKey: transaction)
            if reference != "withdrawal-\(withdrawal)" {
                payoutFaults.add("withdrawal \(withdrawal) is paid without its transaction")
            }
        }
        for (transaction, reference) in payoutTransactions {
            payoutFaults.add("transaction \(transaction) pays \(reference), which is not paid")
        }
    }
}
