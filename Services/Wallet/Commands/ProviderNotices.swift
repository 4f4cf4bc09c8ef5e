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
