internal import EventStore
internal import EventTypes
internal import Runtime

/// Cashback that is owed is credited, once; cashback that is taken back leaves again.
struct CashbackPolicy: Sendable {
    let clock: any WallClock

    var subscription: Subscription {
        Subscription(
            topics: [.cashbackEvents],
            handles: [
                CashbackConversionApproved.eventType.name,
                CashbackConversionClawedBack.eventType.name,
            ]
        ) { event, unit in
            switch event.type.name {
            case CashbackConversionApproved.eventType.name:
                try await credit(event.decode(CashbackConversionApproved.self), event, unit)
            case CashbackConversionClawedBack.eventType.name:
                try await clawBack(event.decode(CashbackConversionClawedBack.self), event, unit)
            default: break
            }
        }
    }

    private func credit(
        _ approval: CashbackConversionApproved, _ event: ReceivedEvent, _ unit: UnitOfWork
    ) async throws {
        let transaction = LedgerTransactionID.of(.cashbackCredit, approval.conversionID)
        let source = Credit.funding(of: approval.network)
        let events = try await unit.decide(
            Credit.self, approval.conversionID,
            .credit(
                ApprovalNoted(
                    conversionID: approval.conversionID, userID: approval.userID,
                    cashback: approval.cashback, fundedBy: source, causedBy: event.id),
                transaction))
        // Of nothing there is nothing to post.
        guard !events.isEmpty, approval.cashback.isPositive else { return }
        let currency = approval.cashback.currency
        let debt = try await Ledger.balance(
            of: .user(approval.userID, .owed, currency), in: unit)
        try await Ledger.post(
            Movements.credit(
                approval.cashback, to: approval.userID, debt: debt,
                from: .platform(source, currency)),
            Ledger.Cause(
                id: transaction, kind: .cashbackCredit,
                reference: "conversion-\(approval.conversionID)", at: clock.now()),
            in: unit)
    }

    private func clawBack(
        _ clawback: CashbackConversionClawedBack, _ event: ReceivedEvent, _ unit: UnitOfWork
    ) async throws {
        let state = try await unit.load(Credit.self, clawback.conversionID)
        guard let credited = state.credited else { throw WalletError.notCredited }
        let owner = credited.userID
        let currency = clawback.amount.currency
        let available = try await Ledger.balance(
            of: .user(owner, .available, currency), in: unit)
        let movement = try Movements.clawBack(
            clawback.amount, from: owner, available: available,
            to: .platform(state.fundedBy, currency))
        let transaction = LedgerTransactionID.of(.cashbackClawback, event.id)
        let events = try await unit.decide(
            Credit.self, clawback.conversionID,
            .clawBack(
                ClawbackNoted(
                    conversionID: clawback.conversionID, amount: clawback.amount,
                    reason: clawback.reason, causedBy: event.id),
                owed: movement.owed, transaction))
        if events.isEmpty { return }
        try await Ledger.post(
            movement.legs,
            Ledger.Cause(
                id: transaction, kind: .cashbackClawback,
                reference: "conversion-\(clawback.conversionID)", at: clock.now()),
            in: unit)
    }
}
