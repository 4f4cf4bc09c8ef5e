internal import EventTypes

/// Who paid for cashback, and who got back what was taken back.
struct FundingAudit: Sendable {
    /// What is credited (above zero) or taken back (below it), and on whose account.
    private struct Movement: Hashable {
        let amount: Money
        let source: AccountPurpose
    }

    private struct Credited {
        let amount: Int64
        var clawedBack: Int64 = 0
    }

    private var sources: [ConversionID: AccountPurpose] = [:]
    private var credits: [ConversionID: Credited] = [:]
    private var expected: [LedgerTransactionID: Movement] = [:]
    private var transactions: [LedgerTransactionID: Movement] = [:]
    private(set) var faults = AuditFaults()
    private(set) var examined = 0

    mutating func fold(_ event: CreditEvent) {
        switch event {
        case .approvalNoted(let fact):
            sources[fact.conversionID] = fact.fundedBy ?? .networkReceivable
        case .credited(let fact):
            credits[fact.conversionID] = Credited(amount: fact.amount.minorUnits)
            expect(fact.amount, fact.conversionID, fact.transactionID)
        case .clawbackNoted: break
        case .clawedBack(let fact):
            credits[fact.conversionID]?.clawedBack += fact.amount.minorUnits
            if let credit = credits[fact.conversionID], credit.clawedBack > credit.amount {
                faults.add("more of conversion \(fact.conversionID) is taken back than it earned")
            }
            expect(fact.amount.negated, fact.conversionID, fact.transactionID)
        }
    }

    private mutating func expect(
        _ amount: Money, _ conversion: ConversionID, _ transaction: LedgerTransactionID
    ) {
        examined += 1
        if amount.isZero { return }
        guard let source = sources[conversion] else {
            return faults.add("conversion \(conversion) has no approval")
        }
        expected[transaction] = Movement(amount: amount, source: source)
    }

    mutating func fold(_ transaction: TransactionPosted) {
        guard transaction.kind == .cashbackCredit || transaction.kind == .cashbackClawback else {
            return
        }
        let platform = transaction.legs.filter { !$0.purpose.isPersonal }
        guard platform.count == 1, let leg = platform.first else {
            return faults.add("transaction \(transaction.transactionID) has no one payer")
        }
        transactions[transaction.transactionID] = Movement(
            amount: leg.amount.negated, source: leg.purpose)
    }

    /// To be called after the last event.
    mutating func finish() {
        for (id, movement) in expected where transactions.removeValue(forKey: id) != movement {
            faults.add("transaction \(id) is not on the account that pays for its sale")
        }
        for id in transactions.keys { faults.add("transaction \(id) is of no conversion") }
    }
}
