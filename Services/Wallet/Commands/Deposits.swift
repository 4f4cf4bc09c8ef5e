internal import EventStore
internal import EventTypes

/// The way of money in, in the unit of whoever asks.
enum Deposits {
    static func initiate(_ request: DepositInitiated, in unit: UnitOfWork) async throws {
        if try await unit.load(Customer.self, request.userID).isClosed {
            throw WalletError.customerClosed
        }
        guard WithdrawalLimits.currencies.contains(request.amount.currency) else {
            throw WalletError.currencyNotOffered(request.amount.currency)
        }
        try await unit.decide(Deposit.self, request.depositID, .initiate(request))
        unit.schedule(try PaymentAttempt(.deposit(request.depositID)).request(due: nil))
    }

    /// Posts what a provider's word means for the ledger.
    static func settle(_ events: [DepositEvent], in unit: UnitOfWork) async throws {
        for case .settled(let fact) in events {
            let currency = fact.amount.currency
            let debt = try await Ledger.balance(
                of: .user(fact.userID, .owed, currency), in: unit)
            try await Ledger.post(
                Movements.credit(
                    fact.amount, to: fact.userID, debt: debt,
                    from: .platform(.providerCash, currency)),
                Ledger.Cause(
                    id: fact.transactionID, kind: .depositSettled,
                    reference: PaymentSubject.deposit(fact.depositID).reference,
                    at: fact.settledAt),
                in: unit)
        }
    }
}
