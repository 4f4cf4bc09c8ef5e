internal import EventTypes

/// Money on its way in, as the provider reports it.
enum Deposit: Decider {
    static let category = "deposit"
    static let initial = State()
    /// The most that one deposit may be, in minor units: a million of most currencies.
    static let mostMinorUnits: Int64 = 100_000_000

    enum Phase: String, Codable, CaseIterable, Sendable {
        /// Next: `initiated`.
        case none
        /// Next: `submitted`, `settled`, `failed`.
        case initiated
        /// The provider has it. Next: `settled`, `failed`.
        case submitted
        /// Final.
        case settled
        /// Next: `settled`, because providers do confirm a payment after they gave it up.
        case failed
    }

    struct State: Sendable, Equatable {
        var phase = Phase.none
        var request: DepositInitiated?
        var provider: String?
        var providerReference: String?
        var status: PaymentStatus?
        var checkoutURL: String?
        /// Why it failed.
        var reason: String?
    }

    enum Command: Sendable {
        case initiate(DepositInitiated)
        case report(ProviderReport, provider: String, LedgerTransactionID, at: Timestamp)
        /// The provider refused to take it at all.
        case refuse(reason: String, provider: String, at: Timestamp)
    }

    static func decide(_ command: Command, _ state: State) throws(WalletError) -> [DepositEvent] {
        if case .initiate(let request) = command {
            guard request.amount.isPositive else { throw .amountNotPositive }
            guard request.amount.minorUnits <= mostMinorUnits else { throw .amountOutOfRange }
            guard state.request == nil else { throw .transactionReused }
            return [.initiated(request)]
        }
        guard let request = state.request else { throw .depositNotFound }
        switch command {
        case .initiate: return []
        case .report(let report, let provider, let transaction, let at):
            return try apply(report, provider, transaction, at, to: request, state)
        case .refuse(let reason, let provider, let at):
            if state.phase == .failed { return [] }
            guard state.phase == .initiated else { throw .wrongPhase(state.phase.rawValue) }
            return [
                .failed(
                    DepositFailed(
                        provider: provider, providerReference: nil, reason: reason, failedAt: at))
            ]
        }
    }

    /// Forward only: a repeat or a late report changes nothing, a contradiction is refused.
    private static func apply(
        _ report: ProviderReport, _ provider: String, _ transaction: LedgerTransactionID,
        _ at: Timestamp, to request: DepositInitiated, _ state: State
    ) throws(WalletError) -> [DepositEvent] {
        guard report.amount == request.amount else {
            throw .reportAmountDiffers(expected: request.amount)
        }
        if let known = state.providerReference, known != report.providerReference {
            throw .reportContradicts(known)
        }
        switch (state.phase, report.status) {
        case (.none, _): throw .depositNotFound
        case (.settled, .failed): throw .reportContradicts(state.phase.rawValue)
        case (.settled, _), (.failed, .failed), (.failed, .pending), (.failed, .processing):
            return []
        case (_, .succeeded):
            return [
                .settled(
                    DepositSettled(
                        depositID: request.depositID, userID: request.userID,
                        amount: request.amount, provider: provider,
                        providerReference: report.providerReference, transactionID: transaction,
                        settledAt: at))
            ]
        case (_, .failed):
            return [
                .failed(
                    DepositFailed(
                        provider: provider, providerReference: report.providerReference,
                        reason: report.reason ?? "refused_by_provider", failedAt: at))
            ]
        case (_, .pending), (_, .processing):
            if let status = state.status, status.rank >= report.status.rank { return [] }
            return [
                .progressed(
                    DepositProgressed(
                        provider: provider, providerReference: report.providerReference,
                        status: report.status, checkoutURL: report.checkoutURL, reportedAt: at))
            ]
        }
    }

    static func evolve(_ state: inout State, _ event: DepositEvent) {
        switch event {
        case .initiated(let fact):
            state.request = fact
            state.phase = .initiated
        case .progressed(let fact):
            state.phase = .submitted
            state.provider = fact.provider
            state.providerReference = fact.providerReference
            state.status = fact.status
            state.checkoutURL = fact.checkoutURL ?? state.checkoutURL
        case .settled(let fact):
            state.phase = .settled
            state.provider = fact.provider
            state.providerReference = fact.providerReference
            state.status = .succeeded
            state.reason = nil
        case .failed(let fact):
            state.phase = .failed
            state.provider = fact.provider
            state.providerReference = fact.providerReference ?? state.providerReference
            state.status = .failed
            state.reason = fact.reason
        }
    }
}
