internal import EventStore
internal import EventTypes

/// The one way in which a provider's word reaches a payment, by webhook or by fetch.
enum Payments {
    static func apply(
        _ report: ProviderReport, to subject: PaymentSubject, provider: String,
        at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        switch subject {
        case .withdrawal(let id):
            let events = try await unit.decide(
                Withdrawal.self, id, command(report, id, provider, now))
            try await Withdrawals.settle(events, in: unit)
        case .deposit(let id):
            let events = try await unit.decide(
                Deposit.self, id, command(report, id, provider, now))
            try await Deposits.settle(events, in: unit)
        }
    }

    /// Why the report does not fit its payment; nil when it does. Changes nothing.
    static func refusal(
        of report: ProviderReport, about subject: PaymentSubject, provider: String,
        at now: Timestamp, in unit: UnitOfWork
    ) async throws -> WalletError? {
        do {
            switch subject {
            case .withdrawal(let id):
                let state = try await unit.load(Withdrawal.self, id)
                _ = try Withdrawal.decide(command(report, id, provider, now), state)
            case .deposit(let id):
                let state = try await unit.load(Deposit.self, id)
                _ = try Deposit.decide(command(report, id, provider, now), state)
            }
            return nil
        } catch let error as WalletError {
            return error
        }
    }

    /// The provider refused to take it at all.
    static func refuse(
        _ subject: PaymentSubject, reason: String, provider: String, at now: Timestamp,
        in unit: UnitOfWork
    ) async throws {
        switch subject {
        case .withdrawal(let id):
            let events = try await unit.decide(
                Withdrawal.self, id,
                .refuse(
                    reason: reason, provider: provider, .of(.withdrawalFailed, id), at: now))
            try await Withdrawals.settle(events, in: unit)
        case .deposit(let id):
            try await unit.decide(
                Deposit.self, id, .refuse(reason: reason, provider: provider, at: now))
        }
    }

    private static func command(
        _ report: ProviderReport, _ id: WithdrawalID, _ provider: String, _ now: Timestamp
    ) -> Withdrawal.Command {
        let kind: TransactionKind =
            report.status == .failed ? .withdrawalFailed : .withdrawalPaid
        return .report(report, provider: provider, .of(kind, id), at: now)
    }

    private static func command(
        _ report: ProviderReport, _ id: DepositID, _ provider: String, _ now: Timestamp
    ) -> Deposit.Command {
        .report(report, provider: provider, .of(.depositSettled, id), at: now)
    }
}
