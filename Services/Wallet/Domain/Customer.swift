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

        /// What left on the UTC day of `instant`.
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
        case count(reference: String, Money, at: Timestamp)
        case uncount(reference: String)
        /// Refuses what nobody may receive or start; no events.
        case checkOpen
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
        case .count(let reference, let amount, let at):
            return try count(reference, amount, at, state)
        case .uncount(let reference):
            guard state.counted[reference] != nil else { return [] }
            return [.uncounted(OutflowUncounted(reference: reference))]
        case .checkOpen:
            guard state.isKnown else { throw .customerUnknown }
            guard !state.isClosed else { throw .customerClosed }
            return []
        }
    }

    private static func count(
        _ reference: String, _ amount: Money, _ at: Timestamp, _ state: State
    ) throws(WalletError) -> [CustomerEvent] {
        guard !state.isClosed else { throw .customerClosed }
        guard amount.isPositive else { throw .amountNotPositive }
        if state.counted[reference] != nil { return [] }
        guard let limit = WithdrawalLimits.daily(level: state.level, amount.currency) else {
            throw .currencyNotOffered(amount.currency)
        }
        let used = try state.used(on: at, amount.currency)
        guard try used.plus(amount).minorUnits <= limit.minorUnits else {
            throw .dailyLimitExceeded(limit: limit, used: used)
        }
        return [
            .counted(OutflowCounted(reference: reference, amount: amount, countedAt: at))
        ]
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
