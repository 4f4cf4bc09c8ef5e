internal import EventTypes

/// What one newer version of a sale does to it.
struct ConversionStep {
    let tracked: ConversionTracked
    let postback: Postback
    let state: Conversion.State

    struct Effect {
        var outcome: PostbackOutcome
        var events: [ConversionEvent] = []
        var deferred: Conversion.State.Deferred?
    }

    func effect() throws(CashbackError) -> Effect {
        switch state.phase {
        case .none, .tracked: try first()
        case .pending: try whilePending()
        case .approved: try whileAwaitingCredit()
        case .credited: try afterCredit()
        case .declined, .clawedBack: Effect(outcome: .afterEnd)
        }
    }

    private func first() throws(CashbackError) -> Effect {
        guard let user = tracked.click.userID else { return decline("anonymous_click") }
        if postback.status.isRefusal { return decline(refusalReason) }
        guard let cashback = try earned() else { return decline(noRewardReason) }
        var events = [pending(user, cashback, firstReason)]
        if postback.status == .approved { events.append(approved(user, cashback)) }
        return Effect(outcome: .applied, events: events)
    }

    private func whilePending() throws(CashbackError) -> Effect {
        guard let user = tracked.click.userID else { return decline("anonymous_click") }
        if postback.status.isRefusal { return decline(refusalReason) }
        guard let cashback = try earned() else { return decline(noRewardReason) }
        var events: [ConversionEvent] = []
        if postback.sale != state.sale {
            events.append(pending(user, cashback, postback.reason ?? "amended_by_network"))
        }
        if postback.status == .approved { events.append(approved(user, cashback)) }
        return Effect(outcome: events.isEmpty ? .unchanged : .applied, events: events)
    }

    /// Between approval and credit nothing can be taken back yet.
    private func whileAwaitingCredit() throws(CashbackError) -> Effect {
        guard let known = state.cashback else { return Effect(outcome: .unchanged) }
        guard let keeps = try remaining(of: state.deferred?.keeps ?? known) else {
            return sameCashback
        }
        if keeps.minorUnits > known.minorUnits { return Effect(outcome: .review) }
        return Effect(
            outcome: .deferred,
            deferred: Conversion.State.Deferred(keeps: keeps, reason: refusalReason))
    }

    private func afterCredit() throws(CashbackError) -> Effect {
        guard let user = tracked.click.userID, let known = state.cashback,
            let keeps = try remaining(of: known)
        else { return sameCashback }
        guard let excess = try? known.subtracting(keeps), excess.isPositive else {
            return Effect(outcome: .review)
        }
        return Effect(
            outcome: .applied,
            events: [
                .clawedBack(
                    CashbackConversionClawedBack(
                        conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                        userID: user, amount: excess, reason: refusalReason))
            ])
    }

    /// Another sale may earn the same.
    private var sameCashback: Effect {
        let isAmended = postback.status == .approved && postback.sale != state.sale
        return Effect(outcome: isAmended ? .applied : .unchanged)
    }

    // MARK: Amounts

    /// What the sale earns under the terms of its click; nil when that is nothing.
    private func earned() throws(CashbackError) -> Money? {
        guard postback.sale.currency == tracked.click.terms.currency else { return nil }
        let cashback = try tracked.cashback(for: postback.sale)
        return cashback.isPositive ? cashback : nil
    }

    /// The cashback that this version leaves of what was approved; nil when it changes nothing.
    private func remaining(of known: Money) throws(CashbackError) -> Money? {
        let keeps: Money
        switch postback.status {
        case .pending: return nil
        case .declined, .reversed: keeps = .zero(known.currency)
        case .approved: keeps = try earned() ?? .zero(known.currency)
        }
        return keeps == known ? nil : keeps
    }

    // MARK: Reasons

    private var refusalReason: String {
        if let reason = postback.reason, !reason.isEmpty { return reason }
        return switch postback.status {
        case .pending, .approved: "amended_by_network"
        case .declined: "declined_by_network"
        case .reversed: "reversed_by_network"
        }
    }

    private var firstReason: String {
        let own = tracked.network == OwnOrders.network ? postback.reason : nil
        return own ?? "awaiting_confirmation"
    }

    private var noRewardReason: String {
        postback.sale.currency == tracked.click.terms.currency ? "no_reward" : "currency_differs"
    }

    // MARK: Events

    private func decline(_ reason: String) -> Effect {
        Effect(
            outcome: .applied,
            events: [
                .declined(
                    CashbackConversionDeclined(
                        conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                        userID: tracked.click.userID, reason: reason))
            ])
    }

    private func pending(_ user: UserID, _ cashback: Money, _ reason: String) -> ConversionEvent {
        .pending(
            CashbackConversionPending(
                conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                userID: user, sale: postback.sale, cashback: cashback,
                termsVersion: tracked.click.terms.version, reason: reason))
    }

    private func approved(_ user: UserID, _ cashback: Money) -> ConversionEvent {
        .approved(
            CashbackConversionApproved(
                conversionID: tracked.conversionID, merchantID: tracked.click.merchantID,
                userID: user, sale: postback.sale, cashback: cashback,
                reason: postback.reason ?? "confirmed_by_network", network: tracked.network))
    }
}
