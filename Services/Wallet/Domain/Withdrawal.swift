internal import EventTypes

/// A payout: asked for by its owner, approved by finance, delivered by a provider.
enum Withdrawal: Decider {
    static let category = "withdrawal"
    static let initial = State()

    enum Phase: String, Codable, CaseIterable, Sendable {
        /// Next: `requested`.
        case none
        /// Next: `approved`, `rejected`, `cancelled`.
        case requested
        /// Next: `submitted`, `paid`, `failed`.
        case approved
        /// The provider has it. Next: `paid`, `failed`.
        case submitted
        // Final:
        case paid, failed, rejected, cancelled
    }

    struct State: Sendable, Equatable {
        var phase = Phase.none
        var request: WithdrawalRequested?
        var provider: String?
        var providerReference: String?
        var status: PaymentStatus?
        /// Why it was stopped or failed.
        var reason: String?
    }

    enum Command: Sendable {
        case request(WithdrawalRequested)
        case approve(by: UserID, at: Timestamp)
        case reject(by: UserID, reason: String, at: Timestamp)
        case cancel(by: UserID, at: Timestamp)
        /// What the provider says, from a webhook or from a fetch.
        case report(ProviderReport, provider: String, LedgerTransactionID, at: Timestamp)
        /// The provider refused to take it at all.
        case refuse(reason: String, provider: String, LedgerTransactionID, at: Timestamp)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(WalletError) -> [WithdrawalEvent] {
        if case .request(let request) = command { return try decideRequest(request, state) }
        guard let request = state.request else { throw .withdrawalNotFound }
        switch command {
        case .request: return []
        case .approve(let approver, let at):
            return try approve(request, by: approver, at: at, state)
        case .reject(let actor, let reason, let at):
            guard actor != request.userID else { throw .approverIsOwner }
            try Self.check(reason: reason)
            return try stop(request, by: actor, reason, isCancelledByOwner: false, at, state)
        case .cancel(let actor, let at):
            guard actor == request.userID else { throw .notTheOwner }
            return try stop(
                request, by: actor, "cancelled_by_owner", isCancelledByOwner: true, at, state)
        case .report(let report, let provider, let transaction, let at):
            return try apply(report, provider, transaction, at, to: request, state)
        case .refuse(let reason, let provider, let transaction, let at):
            if state.phase == .failed { return [] }
            guard state.phase == .approved else { throw .wrongPhase(state.phase.rawValue) }
            return [failed(request, provider, nil, reason, transaction, at)]
        }
    }

    private static func decideRequest(
        _ request: WithdrawalRequested, _ state: State
    ) throws(WalletError) -> [WithdrawalEvent] {
        guard request.amount.isPositive else { throw .amountNotPositive }
        guard state.request == nil else { throw .transactionReused }
        return [.requested(request)]
    }

    private static func approve(
        _ request: WithdrawalRequested, by approver: UserID, at: Timestamp, _ state: State
    ) throws(WalletError) -> [WithdrawalEvent] {
        guard approver != request.userID else { throw .approverIsOwner }
        guard state.phase == .requested else { throw .wrongPhase(state.phase.rawValue) }
        return [
            .approved(
                WithdrawalApproved(
                    withdrawalID: request.withdrawalID, userID: request.userID,
                    amount: request.amount, approvedBy: approver, approvedAt: at))
        ]
    }

    private static func stop(
        _ request: WithdrawalRequested, by actor: UserID, _ reason: String,
        isCancelledByOwner: Bool, _ at: Timestamp, _ state: State
    ) throws(WalletError) -> [WithdrawalEvent] {
        guard state.phase == .requested else { throw .wrongPhase(state.phase.rawValue) }
        return [
            .stopped(
                WithdrawalStopped(
                    withdrawalID: request.withdrawalID, userID: request.userID,
                    amount: request.amount, stoppedBy: actor,
                    isCancelledByOwner: isCancelledByOwner, reason: reason, stoppedAt: at))
        ]
    }

    /// Forward only: a repeat or a late report changes nothing, a contradiction is refused.
    private static func apply(
        _ report: ProviderReport, _ provider: String, _ transaction: LedgerTransactionID,
        _ at: Timestamp, to request: WithdrawalRequested, _ state: State
    ) throws(WalletError) -> [WithdrawalEvent] {
        switch state.phase {
        case .approved, .submitted, .paid, .failed: break
        case .none, .requested, .rejected, .cancelled:
            throw .wrongPhase(state.phase.rawValue)
        }
        guard report.amount == request.amount else {
            throw .reportAmountDiffers(expected: request.amount)
        }
        if let known = state.providerReference, known != report.providerReference {
            throw .reportContradicts(known)
        }
        if state.phase == .paid || state.phase == .failed {
            let outcome: PaymentStatus = state.phase == .paid ? .succeeded : .failed
            guard !report.status.isFinal || report.status == outcome else {
                throw .reportContradicts(state.phase.rawValue)
            }
            return []
        }
        switch report.status {
        case .pending, .processing:
            if let status = state.status, status.rank >= report.status.rank { return [] }
            return [
                .progressed(
                    PayoutProgressed(
                        provider: provider, providerReference: report.providerReference,
                        status: report.status, reportedAt: at))
            ]
        case .succeeded:
            return [
                .paid(
                    WithdrawalPaid(
                        withdrawalID: request.withdrawalID, userID: request.userID,
                        amount: request.amount, provider: provider,
                        providerReference: report.providerReference, transactionID: transaction,
                        paidAt: at))
            ]
        case .failed:
            return [
                failed(
                    request, provider, report.providerReference,
                    report.reason ?? "refused_by_provider", transaction, at)
            ]
        }
    }

    private static func failed(
        _ request: WithdrawalRequested, _ provider: String, _ reference: String?,
        _ reason: String, _ transaction: LedgerTransactionID, _ at: Timestamp
    ) -> WithdrawalEvent {
        .failed(
            WithdrawalFailed(
                withdrawalID: request.withdrawalID, userID: request.userID,
                amount: request.amount, provider: provider, providerReference: reference,
                reason: reason, transactionID: transaction, failedAt: at))
    }

    /// A reason is shown to the owner: 1 to 200 characters on one line.
    static func check(reason: String) throws(WalletError) {
        guard (1...200).contains(reason.count), !reason.contains(where: \.isNewline) else {
            throw .reasonMalformed
        }
    }

    static func evolve(_ state: inout State, _ event: WithdrawalEvent) {
        switch event {
        case .requested(let fact):
            state.request = fact
            state.phase = .requested
        case .approved: state.phase = .approved
        case .stopped(let fact):
            state.phase = fact.isCancelledByOwner ? .cancelled : .rejected
            state.reason = fact.reason
        case .progressed(let fact):
            state.phase = .submitted
            state.provider = fact.provider
            state.providerReference = fact.providerReference
            state.status = fact.status
        case .paid(let fact):
            state.phase = .paid
            state.provider = fact.provider
            state.providerReference = fact.providerReference
            state.status = .succeeded
        case .failed(let fact):
            state.phase = .failed
            state.provider = fact.provider
            state.providerReference = fact.providerReference ?? state.providerReference
            state.status = .failed
            state.reason = fact.reason
        }
    }
}
