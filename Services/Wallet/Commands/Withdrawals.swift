internal import EventStore
internal import EventTypes

/// The way of money out, in the unit of whoever asks.
enum Withdrawals {
    /// Holds the amount and counts it towards the day's limit.
    static func request(_ request: WithdrawalRequested, in unit: UnitOfWork) async throws {
        let reference = PaymentSubject.withdrawal(request.withdrawalID).reference
        try await unit.decide(Withdrawal.self, request.withdrawalID, .request(request))
        let currency = request.amount.currency
        let sent = try await Transfers.sent(
            from: AccountKey.user(request.userID, .available, currency).id, currency,
            on: request.requestedAt, in: unit)
        try await unit.decide(
            Customer.self, request.userID,
            .count(reference: reference, request.amount, sent: sent, at: request.requestedAt))
        try await Holds.place(
            HoldPlaced(
                holdID: request.holdID, owner: request.userID, amount: request.amount,
                reference: reference, placedAt: request.requestedAt, expiresAt: nil),
            in: unit)
    }

    /// Takes the held amount out of its owner's hands and lets it be sent.
    static func approve(
        _ id: WithdrawalID, by approver: UserID, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(Withdrawal.self, id, .approve(by: approver, at: now))
        guard let request = try await unit.load(Withdrawal.self, id).request else { return }
        try await Holds.capture(
            request.holdID, request.amount,
            to: .platform(.payoutsInFlight, request.amount.currency), at: now, in: unit)
        unit.schedule(try PaymentAttempt(.withdrawal(id)).request(due: nil))
    }

    static func reject(
        _ id: WithdrawalID, by actor: UserID, reason: String, at now: Timestamp,
        in unit: UnitOfWork
    ) async throws {
        try await unit.decide(Withdrawal.self, id, .reject(by: actor, reason: reason, at: now))
        try await giveBack(id, at: now, in: unit)
    }

    static func cancel(
        _ id: WithdrawalID, by owner: UserID, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(Withdrawal.self, id, .cancel(by: owner, at: now))
        try await giveBack(id, at: now, in: unit)
    }

    private static func giveBack(
        _ id: WithdrawalID, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        guard let request = try await unit.load(Withdrawal.self, id).request else { return }
        try await Holds.release(request.holdID, at: now, in: unit)
        try await uncount(id, of: request.userID, in: unit)
    }

    /// Posts what a provider's word means for the ledger.
    static func settle(_ events: [WithdrawalEvent], in unit: UnitOfWork) async throws {
        for event in events {
            switch event {
            case .requested, .approved, .stopped, .progressed: break
            case .paid(let fact):
                let currency = fact.amount.currency
                try await Ledger.post(
                    Movements.move(
                        fact.amount, from: .platform(.payoutsInFlight, currency),
                        to: .platform(.providerCash, currency)),
                    Ledger.Cause(
                        id: fact.transactionID, kind: .withdrawalPaid,
                        reference: PaymentSubject.withdrawal(fact.withdrawalID).reference,
                        at: fact.paidAt),
                    in: unit)
            case .failed(let fact):
                let currency = fact.amount.currency
                let debt = try await Ledger.balance(
                    of: .user(fact.userID, .owed, currency), in: unit)
                try await Ledger.post(
                    Movements.credit(
                        fact.amount, to: fact.userID, debt: debt,
                        from: .platform(.payoutsInFlight, currency)),
                    Ledger.Cause(
                        id: fact.transactionID, kind: .withdrawalFailed,
                        reference: PaymentSubject.withdrawal(fact.withdrawalID).reference,
                        at: fact.failedAt),
                    in: unit)
                try await uncount(fact.withdrawalID, of: fact.userID, in: unit)
            }
        }
    }

    private static func uncount(
        _ id: WithdrawalID, of owner: UserID, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(
            Customer.self, owner,
            .uncount(reference: PaymentSubject.withdrawal(id).reference))
    }
}
