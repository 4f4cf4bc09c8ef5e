internal import EventStore
internal import EventTypes

/// What providers tell by webhook: kept and handled once each.
enum ProviderNotices {
    /// - Returns: what came of it; nil for a repeat.
    @discardableResult
    static func receive(
        _ notice: ProviderEventReceived, in unit: UnitOfWork
    ) async throws -> ProviderEventOutcome? {
        let key = "\(notice.provider)-\(notice.eventName)"
        if try await unit.load(ProviderEvent.self, key).received != nil { return nil }
        let reason = try await apply(notice, in: unit)
        let outcome: ProviderEventOutcome = reason == nil ? .applied : .parked
        try await unit.decide(
            ProviderEvent.self, key,
            .record(
                notice,
                ProviderEventHandled(
                    outcome: outcome, reason: reason, handledAt: notice.receivedAt)))
        return outcome
    }

    /// Applies a parked one after all.
    ///
    /// - Throws: `wrongPhase` when it still does not fit.
    static func retry(
        _ key: String, by actor: UserID, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        guard let notice = try await unit.load(ProviderEvent.self, key).received else {
            throw WalletError.noticeNotFound
        }
        let events = try await unit.decide(
            ProviderEvent.self, key,
            .retry(
                ProviderEventHandled(
                    outcome: .applied, reason: nil, handledAt: now, handledBy: actor)))
        if events.isEmpty { return }
        if let reason = try await apply(notice, in: unit) {
            throw WalletError.wrongPhase("parked: \(reason)")
        }
    }

    static func discard(
        _ key: String, by actor: UserID, reason: String, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(
            ProviderEvent.self, key,
            .discard(
                ProviderEventHandled(
                    outcome: .discarded, reason: reason, handledAt: now, handledBy: actor)))
    }

    /// - Returns: why it cannot be applied.
    private static func apply(
        _ notice: ProviderEventReceived, in unit: UnitOfWork
    ) async throws -> String? {
        guard let report = notice.report, let reference = notice.reference,
            let subject = PaymentSubject(reference: reference)
        else { return "names no payment of ours" }
        let refusal = try await Payments.refusal(
            of: report, about: subject, provider: notice.provider, at: notice.receivedAt, in: unit)
        if let refusal { return "\(refusal)" }
        try await Payments.apply(
            report, to: subject, provider: notice.provider, at: notice.receivedAt, in: unit)
        return nil
    }
}
