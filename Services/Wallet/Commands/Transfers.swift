internal import EventStore
internal import EventTypes

/// Money from one person to another, in the unit of whoever asks.
enum Transfers {
    struct Request: Sendable {
        /// A new one: what it names must not exist.
        let id: LedgerTransactionID
        let sender: UserID
        let recipient: UserID
        let amount: Money
        let at: Timestamp
    }

    /// - Returns: what the sender has left.
    static func make(_ request: Request, in unit: UnitOfWork) async throws -> Money {
        guard request.sender != request.recipient else { throw WalletError.sameCustomer }
        let currency = request.amount.currency
        let source = AccountKey.user(request.sender, .available, currency)
        let account = source.id
        try await unit.decide(
            Customer.self, request.sender,
            .checkTransfer(
                request.amount,
                sent: sent(from: account, currency, on: request.at, in: unit),
                at: request.at))
        try await unit.decide(Customer.self, request.recipient, .checkRecipient)
        try unit.begin(LedgerTransaction.self, request.id)
        let debt = try await Ledger.balance(
            of: .user(request.recipient, .owed, currency), in: unit)
        try await Ledger.post(
            Movements.credit(request.amount, to: request.recipient, debt: debt, from: source),
            Ledger.Cause(
                id: request.id, kind: .transfer, reference: "transfer-\(request.id)",
                at: request.at),
            in: unit)
        return try await Ledger.balance(of: account, currency, in: unit)
    }

    /// What transfers took out of an account on the UTC day of `instant`.
    static func sent(
        from account: LedgerAccountID, _ currency: Currency, on instant: Timestamp,
        in unit: UnitOfWork
    ) async throws -> Money {
        let account = try await unit.load(Account.self, account)
        return try Money(minorUnits: account.sent(on: instant), currency)
    }
}
