internal import EventStore
internal import EventTypes

/// Money moves here and nowhere else: each leg in its account's stream and the whole in a stream of
/// its own, in one unit.
enum Ledger {
    /// What the legs are for.
    struct Cause: Sendable {
        let id: LedgerTransactionID
        let kind: TransactionKind
        /// As `kind-identifier`.
        let reference: String
        let at: Timestamp
    }

    /// Posts a transaction, unless it was posted already.
    ///
    /// - Throws: `WalletError`, also when the identifier belongs to another transaction.
    static func post(_ legs: [Leg], _ cause: Cause, in unit: UnitOfWork) async throws {
        let ids = legs.map(\.account.id)
        try LedgerTransaction.check(zip(ids, legs).map { (account: $0, amount: $1.amount) })
        if try await unit.load(LedgerTransaction.self, cause.id).posted != nil {
            let same = zip(ids, legs).map { posted($1, $0, balance: $1.amount, number: 0) }
            return try await record(same, cause, in: unit)
        }
        var done: [PostedLeg] = []
        for (id, leg) in zip(ids, legs) {
            let events = try await unit.decide(
                Account.self, id,
                .post(
                    Account.PostLeg(
                        account: leg.account, accountID: id, transactionID: cause.id,
                        kind: cause.kind, reference: cause.reference, amount: leg.amount,
                        at: cause.at, chain: .sha256)))
            for case .posted(let fact) in events {
                done.append(posted(leg, id, balance: fact.balance, number: fact.number))
            }
        }
        try await record(done, cause, in: unit)
    }

    /// What stands in an account; zero when it was never used.
    static func balance(of account: AccountKey, in unit: UnitOfWork) async throws -> Money {
        try await balance(of: account.id, account.currency, in: unit)
    }

    /// What stands in the account with this identifier; zero when it was never used.
    static func balance(
        of account: LedgerAccountID, _ currency: Currency, in unit: UnitOfWork
    ) async throws -> Money {
        try await unit.load(Account.self, account).balance ?? .zero(currency)
    }

    private static func record(
        _ legs: [PostedLeg], _ cause: Cause, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(
            LedgerTransaction.self, cause.id,
            .post(
                TransactionPosted(
                    transactionID: cause.id, kind: cause.kind, reference: cause.reference,
                    legs: legs, postedAt: cause.at)))
    }

    private static func posted(
        _ leg: Leg, _ id: LedgerAccountID, balance: Money, number: Int64
    ) -> PostedLeg {
        PostedLeg(
            accountID: id, owner: leg.account.owner, purpose: leg.account.purpose,
            amount: leg.amount, balance: balance, number: number)
    }
}
