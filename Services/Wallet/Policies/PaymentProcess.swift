internal import Crypto
internal import EventStore
internal import EventTypes
internal import JSON
internal import Runtime
internal import ServiceKit

/// Sends payments to the provider and asks after those whose webhook does not come.
///
/// Each turn is a timer that was set in the unit that called for it, and each turn sets the next.
/// Whenever the program is cut off between sending and recording, the turn is repeated with the
/// same idempotency key and finds the payment that it made.
struct PaymentProcess: Sendable {
    let provider: any PaymentProvider
    let keys: any SubjectKeys
    /// Between sending a payment and asking after it for the first time.
    let interval: Duration
    let logger: Logger

    var handler: TimerHandler {
        TimerHandler(kind: PaymentAttempt.timer) { timer, unit in
            try await take(timer, unit)
        }
    }

    /// What a turn came to.
    private enum Answer {
        case report(ProviderReport)
        case refused(String)
        case later(String)
    }

    private func take(_ timer: DueTimer, _ unit: UnitOfWork) async throws {
        let attempt = try JSON.decode(PaymentAttempt.self, from: timer.payload)
        guard let subject = PaymentSubject(reference: attempt.reference) else { return }
        // A turn that was begun before may have sent the payment already.
        let isFirst = attempt.number == 0 && timer.attempts == 0
        switch subject {
        case .withdrawal(let id):
            let state = try await unit.load(Withdrawal.self, id)
            guard let request = state.request else { return }
            switch state.phase {
            case .approved:
                try await settle(
                    await send(request, isFirst: isFirst), subject, attempt, timer, unit)
            case .submitted:
                try await settle(
                    await fetch(subject, state.providerReference), subject, attempt, timer, unit)
            case .none, .requested, .paid, .failed, .rejected, .cancelled: return
            }
        case .deposit(let id):
            let state = try await unit.load(Deposit.self, id)
            guard let request = state.request else { return }
            switch state.phase {
            case .initiated:
                let order = PaymentOrder(
                    subject: subject, amount: request.amount, destination: nil)
                try await settle(await send(order), subject, attempt, timer, unit)
            case .submitted:
                try await settle(
                    await fetch(subject, state.providerReference), subject, attempt, timer, unit)
            case .none, .settled, .failed: return
            }
        }
    }

    // MARK: The provider

    private func send(_ request: WithdrawalRequested, isFirst: Bool) async -> Answer {
        let destination: String
        do {
            guard let key = try await keys.key(of: request.userID) else {
                // Nobody can say any more where the money was to go.
                return isFirst ? .refused("recipient_erased") : .later("recipient erased")
            }
            destination = try Sealing.open(
                request.destination, key: key,
                context: WithdrawalSeal.context(request.withdrawalID))
        } catch {
            return .later("\(error)")
        }
        return await send(
            PaymentOrder(
                subject: .withdrawal(request.withdrawalID), amount: request.amount,
                destination: destination))
    }

    private func send(_ order: PaymentOrder) async -> Answer {
        do throws(PaymentProviderError) {
            return .report(try await provider.submit(order))
        } catch {
            return answer(error)
        }
    }

    private func fetch(_ subject: PaymentSubject, _ reference: String?) async -> Answer {
        guard let reference else { return .later("no reference of the provider's") }
        do throws(PaymentProviderError) {
            return .report(try await provider.fetch(reference, of: subject))
        } catch {
            // Only a request to pay can be refused.
            return .later("\(error)")
        }
    }

    private func answer(_ error: PaymentProviderError) -> Answer {
        switch error {
        case .refused(let reason): .refused(reason)
        case .unavailable(let reason): .later(reason)
        }
    }

    // MARK: What it means

    private func settle(
        _ answer: Answer, _ subject: PaymentSubject, _ attempt: PaymentAttempt,
        _ timer: DueTimer, _ unit: UnitOfWork
    ) async throws {
        let now = max(timer.now, timer.due)
        switch answer {
        case .refused(let reason):
            return try await Payments.refuse(
                subject, reason: reason, provider: provider.name, at: now, in: unit)
        case .report(let report):
            let refusal = try await Payments.refusal(
                of: report, about: subject, provider: provider.name, at: now, in: unit)
            if let refusal {
                logger.error(
                    "the provider's word does not fit the payment",
                    ["payment": subject.reference, "why": "\(refusal)"])
            } else {
                try await Payments.apply(
                    report, to: subject, provider: provider.name, at: now, in: unit)
                if report.status.isFinal { return }
            }
        case .later(let reason):
            logger.warning(
                "the provider could not be asked",
                ["payment": subject.reference, "attempt": attempt.number, "why": reason])
        }
        unit.schedule(
            try PaymentAttempt(subject, number: attempt.number + 1)
                .request(due: now + attempt.pause(interval)))
    }
}
