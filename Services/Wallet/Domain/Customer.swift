internal import EventTypes

/// What the wallet knows of a person: whether they exist, how well they are known, and what left
/// their wallet today.
enum Customer: Decider {
    static let category = "customer"
    static let initial = State()

    struct State: Sendable, Equatable {
        var isKnown = false
        var isClosed = false
        var level = 0
        /// What counts, by reference; days before yesterday are dropped as newer ones come.
        var counted: [String: Counted] = [:]

        struct Counted: Sendable, Equatable {
            let amount: Money
            let day: Timestamp
        }

        /// What withdrawals took on the UTC day of `instant`.
        func used(on instant: Timestamp, _ currency: Currency) throws(WalletError) -> Money {
            let day = instant.startOfDay
            var sum = Money.zero(currency)
            for entry in counted.values
            where entry.day == day && entry.amount.currency == currency {
                sum = try sum.plus(entry.amount)
            }
            return sum
        }
    }

    enum Command: Sendable {
        case note(UserID)
        case noteLevel(UserID, Int)
        case close(UserID)
        /// Takes a part of the day's limit, of which transfers have taken `sent` already.
        case count(reference: String, Money, sent: Money, at: Timestamp)
        case uncount(reference: String)
        /// Refuses who may receive nothing; no events.
        case checkRecipient
        /// Refuses a transfer that the day's limit does not allow, after others of `sent`; no
        /// events: the account itself says what was sent.
        case checkTransfer(Money, sent: Money, at: Timestamp)
    }

    static func decide(_ command: Command, _ state: State) throws(WalletError) -> [CustomerEvent] {
        switch command {
        case .note(let user):
            return state.isKnown ? [] : [.noted(CustomerNoted(userID: user))]
        case .noteLevel(let user, let level):
            guard WithdrawalLimits.levels.contains(level) else { throw .kycLevelOutOfRange }
            if state.isKnown, state.level == level { return [] }
            return [.levelNoted(KYCLevelNoted(userID: user, level: level))]
        case .close(let user):
            return state.isClosed ? [] : [.closed(CustomerClosed(userID: user))]
        case .count(let reference, let amount, let sent, let at):
            guard !state.isClosed else { throw .customerClosed }
            guard amount.isPositive else { throw .amountNotPositive }
            if state.counted[reference] != nil { return [] }
            try checkLimit(amount, sent, at, state)
            return [
                .counted(OutflowCounted(reference: reference, amount: amount, countedAt: at))
            ]
        case .uncount(let reference):
            guard state.counted[reference] != nil else { return [] }
            return [.uncounted(OutflowUncounted(reference: reference))]
        case .checkRecipient:
            guard state.isKnown, !state.isClosed else { throw .recipientUnavailable }
            return []
        case .checkTransfer(let amount, let sent, let at):
            guard !state.isClosed else { throw .customerClosed }
            guard amount.isPositive else { throw .amountNotPositive }
            try checkLimit(amount, sent, at, state)
            return []
        }
    }

    /// Withdrawals and transfers share the limit of a day.
    private static func checkLimit(
        _ amount: Money, _ sent: Money, _ at: Timestamp, _ state: State
    ) throws(WalletError) {
        guard let limit = WithdrawalLimits.daily(level: state.level, amount.currency) else {
            throw .currencyNotOffered(amount.currency)
        }
        let used = try state.used(on: at, amount.currency).plus(sent)
        guard try used.plus(amount).minorUnits <= limit.minorUnits else {
            throw .dailyLimitExceeded(limit: limit, used: used)
        }
    }

    static func evolve(_ state: inout State, _ event: CustomerEvent) {
        switch event {
        case .noted: state.isKnown = true
        case .levelNoted(let fact):
            state.isKnown = true
            state.level = fact.level
        case .closed: state.isClosed = true
        case .counted(let fact):
            let day = fact.countedAt.startOfDay
            let oldest = day - .seconds(86_400)
            state.counted = state.counted.filter { $0.value.day >= oldest }
            state.counted[fact.reference] = State.Counted(amount: fact.amount, day: day)
        case .uncounted(let fact):
            state.counted[fact.reference] = nil
        }
    }
}
