internal import EventTypes

/// One account of the ledger: a balance that stays within its bounds, leg after leg.
enum Account: Decider {
    static let category = "account"
    static let initial = State()

    struct State: Sendable, Equatable, Codable {
        var opened: AccountOpened?
        /// Nil until the account is opened.
        var balance: Money?
        var legs: Int64 = 0
        var lastHash = LegChain.origin
        var lastPostedAt: Timestamp?
        /// How far below zero it may go, in minor units; not negative.
        var overdraft: Int64 = 0
        /// What transfers took out of it on the last day that had any.
        var sent: Sent?

        struct Sent: Sendable, Equatable, Codable {
            let day: Timestamp
            let minorUnits: Int64
        }

        /// What transfers took out of it on the UTC day of `instant`, in minor units.
        func sent(on instant: Timestamp) -> Int64 {
            guard let sent, sent.day == instant.startOfDay else { return 0 }
            return sent.minorUnits
        }
    }

    enum Command: Sendable {
        case post(PostLeg)
        case setOverdraftLimit(AccountKey, LedgerAccountID, Money, by: UserID, at: Timestamp)
    }

    /// One leg of a transaction, for the account that it names.
    struct PostLeg: Sendable {
        let account: AccountKey
        let accountID: LedgerAccountID
        let transactionID: LedgerTransactionID
        let kind: TransactionKind
        let reference: String
        let amount: Money
        let at: Timestamp
        let chain: LegChain
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(WalletError) -> [AccountEvent] {
        switch command {
        case .post(let leg):
            return try opening(leg.account, leg.accountID, leg.at, state) + [post(leg, state)]
        case .setOverdraftLimit(let key, let id, let limit, let by, let at):
            guard !limit.isNegative else { throw .amountNotPositive }
            guard limit.currency == key.currency else { throw .currencyMismatch }
            guard key.purpose.bounds == .notBelowZero else { throw .boundExceeded(key.purpose) }
            if limit.minorUnits == state.overdraft { return [] }
            return opening(key, id, at, state)
                + [.overdraftLimitSet(OverdraftLimitSet(limit: limit, setBy: by))]
        }
    }

    private static func opening(
        _ key: AccountKey, _ id: LedgerAccountID, _ at: Timestamp, _ state: State
    ) -> [AccountEvent] {
        if state.opened != nil { return [] }
        return [
            .opened(
                AccountOpened(
                    accountID: id, owner: key.owner, purpose: key.purpose, currency: key.currency,
                    openedAt: at))
        ]
    }

    private static func post(_ leg: PostLeg, _ state: State) throws(WalletError) -> AccountEvent {
        guard !leg.amount.isZero else { throw .zeroLeg }
        let before = state.balance ?? .zero(leg.account.currency)
        let after = try before.plus(leg.amount)
        try check(leg, before: before, after: after, overdraft: state.overdraft)
        // Clocks differ; the legs of an account are in order all the same.
        let postedAt = max(leg.at, state.lastPostedAt ?? leg.at)
        let content = LegContent(
            number: state.legs + 1, transactionID: leg.transactionID, kind: leg.kind,
            reference: leg.reference, amount: leg.amount, balance: after, postedAt: postedAt)
        let hash = leg.chain.link(content, of: leg.accountID, after: state.lastHash)
        return .posted(LegPosted(content, hash: hash))
    }

    /// A leg that moves the balance away from a bound is always welcome.
    private static func check(
        _ leg: PostLeg, before: Money, after: Money, overdraft: Int64
    ) throws(WalletError) {
        switch leg.account.purpose.bounds {
        case .none: return
        case .notBelowZero:
            guard leg.amount.isNegative, after.minorUnits < -overdraft else { return }
            guard leg.account.purpose == .available else {
                throw .boundExceeded(leg.account.purpose)
            }
            throw .insufficientFunds(available: before, needed: leg.amount.negated)
        case .notAboveZero:
            guard leg.amount.isPositive, after.isPositive else { return }
            throw .boundExceeded(leg.account.purpose)
        }
    }

    static func evolve(_ state: inout State, _ event: AccountEvent) {
        switch event {
        case .opened(let fact):
            state.opened = fact
            state.balance = .zero(fact.currency)
        case .posted(let fact):
            state.balance = fact.balance
            state.legs = fact.number
            state.lastHash = fact.hash
            state.lastPostedAt = fact.postedAt
            if fact.kind == .transfer, fact.amount.isNegative {
                state.sent = State.Sent(
                    day: fact.postedAt.startOfDay,
                    minorUnits: state.sent(on: fact.postedAt) - fact.amount.minorUnits)
            }
        case .overdraftLimitSet(let fact):
            state.overdraft = fact.limit.minorUnits
        }
    }
}
