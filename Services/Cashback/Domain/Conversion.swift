internal import EventTypes

/// A sale on its way to becoming money.
///
/// ```
/// none → tracked → pending → (amended)* → approved → credited → (partly back)* → clawedBack
///            └────────┴→ declined
/// ```
enum Conversion: Decider {
    static let category = "conversion"
    static let initial = State()

    enum Phase: String, Codable, CaseIterable, Sendable {
        case none, tracked, pending, approved, declined, credited
        case clawedBack = "clawed_back"

        /// The phases that may follow.
        var successors: Set<Phase> {
            switch self {
            case .none: [.tracked]
            case .tracked: [.pending, .declined]
            case .pending: [.pending, .approved, .declined]
            case .approved: [.credited]
            case .credited: [.credited, .clawedBack]
            case .declined, .clawedBack: []
            }
        }
    }

    struct State: Sendable, Equatable {
        var phase = Phase.none
        var tracked: ConversionTracked?
        var sale: Money?
        /// What it earns as things stand; after the credit, what remains of it.
        var cashback: Money?
        var seen: Set<Int64> = []
        var latest = Int64.min
        /// What is to be taken back once the credit has arrived.
        var deferred: Deferred?
        /// The ledger's transactions that took something back.
        var settlements: Set<LedgerTransactionID> = []

        struct Deferred: Sendable, Equatable {
            let keeps: Money
            let reason: String
        }
    }

    enum Command: Sendable {
        /// A version of the sale, with the click that it names and the identifier of the sale.
        case record(Postback, ConversionID, ClickRecorded, at: Timestamp)
        /// The ledger holds its cashback.
        case noteCredited(Money, LedgerTransactionID)
        /// The ledger has taken cashback back.
        case noteSettled(ClawbackSettled)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(CashbackError) -> [ConversionEvent] {
        switch command {
        case .record(let postback, let id, let click, let at):
            return try record(postback, id, click, at, state)
        case .noteCredited(let amount, let transaction):
            return try noteCredited(amount, transaction, state)
        case .noteSettled(let fact):
            guard state.phase == .credited || state.phase == .clawedBack else {
                throw .conversionUnknown
            }
            return state.settlements.contains(fact.transactionID) ? [] : [.clawbackSettled(fact)]
        }
    }

    /// A version is recorded once; an older one than known is recorded and changes nothing.
    private static func record(
        _ postback: Postback, _ id: ConversionID, _ click: ClickRecorded, _ at: Timestamp,
        _ state: State
    ) throws(CashbackError) -> [ConversionEvent] {
        guard !postback.sale.isNegative else { throw .amountNegative }
        if let known = state.tracked, known.click.clickID != postback.clickID {
            throw .clickDiffers(known.click.clickID)
        }
        if state.seen.contains(postback.version) { return [] }
        if postback.version < state.latest {
            return [.postbackRecorded(PostbackRecorded(postback, .stale, at))]
        }
        var events: [ConversionEvent] = []
        let tracked =
            state.tracked
            ?? ConversionTracked(
                conversionID: id, click: click, network: postback.network,
                actionID: postback.actionID, sale: postback.sale, soldAt: postback.soldAt)
        if state.tracked == nil { events.append(.tracked(tracked)) }
        let effect = try ConversionStep(tracked: tracked, postback: postback, state: state).effect()
        events.append(
            .postbackRecorded(
                PostbackRecorded(
                    postback, effect.outcome, at, keeps: effect.deferred?.keeps,
                    reason: effect.deferred?.reason)))
        return events + effect.events
    }

    private static func noteCredited(
        _ amount: Money, _ transaction: LedgerTransactionID, _ state: State
    ) throws(CashbackError) -> [ConversionEvent] {
        guard let tracked = state.tracked, let user = tracked.click.userID else {
            throw .conversionUnknown
        }
        switch state.phase {
        case .credited, .clawedBack: return []
        case .none, .tracked, .pending, .declined: throw .notApproved
        case .approved: break
        }
        var events: [ConversionEvent] = [
            .credited(
                CashbackConversionCredited(
                    conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                    userID: user, cashback: amount, transactionID: transaction))
        ]
        if let deferred = state.deferred,
            let excess = try? amount.subtracting(deferred.keeps), excess.isPositive
        {
            events.append(
                .clawedBack(
                    CashbackConversionClawedBack(
                        conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                        userID: user, amount: excess, reason: deferred.reason)))
        }
        return events
    }

    static func evolve(_ state: inout State, _ event: ConversionEvent) {
        switch event {
        case .tracked(let fact):
            state.phase = .tracked
            state.tracked = fact
            state.sale = fact.sale
        case .postbackRecorded(let fact):
            state.seen.insert(fact.version)
            state.latest = max(state.latest, fact.version)
            let tookEffect = fact.outcome == .applied || fact.outcome == .deferred
            if tookEffect, !fact.status.isRefusal { state.sale = fact.sale }
            if fact.outcome == .deferred, let keeps = fact.keeps {
                state.deferred = State.Deferred(keeps: keeps, reason: fact.reason ?? "")
            }
        case .pending(let fact):
            state.phase = .pending
            state.sale = fact.sale
            state.cashback = fact.cashback
        case .approved(let fact):
            state.phase = .approved
            state.sale = fact.sale
            state.cashback = fact.cashback
        case .declined: state.phase = .declined
        case .credited(let fact):
            state.phase = .credited
            state.cashback = fact.cashback
        case .clawedBack(let fact):
            state.deferred = nil
            let before = state.cashback ?? fact.amount
            let rest = (try? before.subtracting(fact.amount)) ?? .zero(before.currency)
            state.cashback = rest
            state.phase = rest.isPositive ? .credited : .clawedBack
        case .clawbackSettled(let fact): state.settlements.insert(fact.transactionID)
        }
    }
}

extension PostbackRecorded {
    init(
        _ postback: Postback, _ outcome: PostbackOutcome, _ at: Timestamp, keeps: Money? = nil,
        reason: String? = nil
    ) {
        version = postback.version
        status = postback.status
        sale = postback.sale
        source = postback.source
        raw = postback.raw
        receivedAt = at
        self.outcome = outcome
        self.keeps = keeps
        self.reason = reason
    }
}
