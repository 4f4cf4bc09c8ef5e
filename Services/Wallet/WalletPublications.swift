internal import EventStore
internal import EventTypes

/// What other services get to read of the wallet's log. Pure.
enum WalletPublications {
    static func map(_ event: RecordedEvent) throws -> [Publication] {
        try payload(event).map { [Publication(.walletEvents, event, $0)] } ?? []
    }

    private static func payload(_ event: RecordedEvent) throws -> (any PublishedEvent)? {
        switch String(event.stream.category) {
        case LedgerTransaction.category: transaction(try event.decode(TransactionEvent.self))
        case Credit.category: credit(try event.decode(CreditEvent.self))
        case Deposit.category: deposit(try event.decode(DepositEvent.self))
        case Withdrawal.category: withdrawal(try event.decode(WithdrawalEvent.self))
        default: nil
        }
    }

    private static func transaction(_ event: TransactionEvent) -> (any PublishedEvent)? {
        switch event {
        case .posted(let fact):
            WalletTransactionPosted(
                transactionID: fact.transactionID, kind: fact.kind.rawValue,
                reference: fact.reference,
                postings: fact.legs.map { leg in
                    Posting(
                        accountID: leg.accountID, owner: leg.owner, purpose: leg.purpose.rawValue,
                        amount: leg.amount)
                }, postedAt: fact.postedAt)
        }
    }

    private static func credit(_ event: CreditEvent) -> (any PublishedEvent)? {
        switch event {
        case .approvalNoted, .clawbackNoted: nil
        case .credited(let fact): fact
        case .clawedBack(let fact): fact
        }
    }

    private static func deposit(_ event: DepositEvent) -> (any PublishedEvent)? {
        switch event {
        case .initiated, .progressed, .failed: nil
        case .settled(let fact):
            WalletDepositSettled(
                depositID: fact.depositID, userID: fact.userID, amount: fact.amount,
                transactionID: fact.transactionID)
        }
    }

    private static func withdrawal(_ event: WithdrawalEvent) -> (any PublishedEvent)? {
        switch event {
        case .requested(let fact):
            WalletWithdrawalRequested(
                withdrawalID: fact.withdrawalID, userID: fact.userID, amount: fact.amount,
                requestedAt: fact.requestedAt)
        case .approved(let fact):
            WalletWithdrawalApproved(
                withdrawalID: fact.withdrawalID, userID: fact.userID, amount: fact.amount,
                approvedBy: fact.approvedBy)
        case .stopped(let fact):
            WalletWithdrawalRejected(
                withdrawalID: fact.withdrawalID, userID: fact.userID, amount: fact.amount,
                reason: fact.reason)
        case .progressed: nil
        case .paid(let fact):
            WalletWithdrawalPaid(
                withdrawalID: fact.withdrawalID, userID: fact.userID, amount: fact.amount,
                transactionID: fact.transactionID, providerReference: fact.providerReference)
        case .failed(let fact):
            WalletWithdrawalFailed(
                withdrawalID: fact.withdrawalID, userID: fact.userID, amount: fact.amount,
                reason: fact.reason)
        }
    }
}
