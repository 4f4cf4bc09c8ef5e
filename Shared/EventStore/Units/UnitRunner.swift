internal import EventTypes
internal import JSON
internal import Runtime

/// Where units of work are carried out.
protocol UnitBackend: StreamSource {
    var ids: any IdentifierGenerator { get }
    /// Commits a unit, or says why not.
    func submit(_ draft: UnitDraft) async -> UnitOutcome
    func storedOutcome(_ key: IdempotencyKey) async throws -> StoredOutcome?
    /// Waits before the attempt with this number, from 1, after a conflict with another process.
    func pause(beforeAttempt attempt: Int) async throws
}

/// Runs the body of a unit until it is committed, refused, or has met too many conflicts.
struct UnitRunner<Backend: UnitBackend> {
    /// Conflicts with other processes, each after a pause.
    static var conflictLimit: Int { 12 }
    /// Attempts in all, those within the process included, which cost no round trip.
    static var attemptLimit: Int { 1_000 }

    let backend: Backend

    func run<R: Codable & Sendable>(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> R
    ) async throws -> Committed<R> {
        var conflicts = 0
        var last = EventStoreError.overloaded
        for _ in 0..<Self.attemptLimit {
            switch try await attempt(context, body) {
            case .done(let committed): return committed
            case .again: continue
            case .conflict(let stream, let actual):
                last = .conflict(stream, actual: actual)
                conflicts += 1
                guard conflicts < Self.conflictLimit, !isOver(context) else { throw last }
                try await backend.pause(beforeAttempt: conflicts)
            }
        }
        throw last
    }

    private func isOver(_ context: CommandContext) -> Bool {
        context.deadline.map { ContinuousClock.now >= $0 } ?? false
    }

    private enum Attempt<R: Sendable>: Sendable {
        case done(Committed<R>)
        case again
        case conflict(StreamID, actual: Int64)
    }

    private func attempt<R: Codable & Sendable>(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> R
    ) async throws -> Attempt<R> {
        let unit = UnitOfWork(context, source: backend, ids: backend.ids)
        let result: R
        let draft: UnitDraft
        do {
            result = try await body(unit)
            let outcome = context.repeatKey == nil ? [] : try JSON.encode(result)
            draft = try unit.draft(outcome: outcome)
        } catch let error where !(error is CancellationError) {
            return try await refuse(unit, context, error)
        }
        if unit.isTorn { return .again }
        return try await settle(await backend.submit(draft), result, context, draft)
    }

    private func settle<R: Codable & Sendable>(
        _ outcome: UnitOutcome, _ result: R, _ context: CommandContext, _ draft: UnitDraft
    ) async throws -> Attempt<R> {
        switch outcome {
        case .committed(let position):
            return .done(Committed(result: result, position: position))
        case .movedOn: return .again
        case .conflict(let stream, let actual):
            if let expectation = draft.streams.first(where: { $0.id == stream && $0.isExpectation })
            {
                throw EventStoreError.expectedVersion(
                    stream, expected: expectation.expected, actual: actual)
            }
            return .conflict(stream, actual: actual)
        case .claimTaken(let scope, let key, let stream):
            throw EventStoreError.claimTaken(scope: scope, key: key, by: stream)
        case .duplicate(let stored): return .done(try repeated(stored, context))
        case .positionMoved: throw EventStoreError.positionMoved
        case .timerGone:
            throw EventStoreError.timerGone(
                kind: draft.finishedTimer?.kind ?? "", key: draft.finishedTimer?.key ?? "")
        case .failed(let error): throw error
        }
    }

    /// A refusal stands when the command was not done before and the states that it rests on are
    /// durable and present.
    private func refuse<R: Codable & Sendable>(
        _ unit: UnitOfWork, _ context: CommandContext, _ error: any Error
    ) async throws -> Attempt<R> {
        if let check = unit.checkDraft() {
            switch await backend.submit(check) {
            case .movedOn: return .again
            case .conflict(let stream, let actual): return .conflict(stream, actual: actual)
            case .failed(let failure): throw failure
            default: break
            }
        }
        if let key = context.repeatKey, let stored = try await backend.storedOutcome(key) {
            return .done(try repeated(stored, context))
        }
        throw error
    }

    private func repeated<R: Codable & Sendable>(
        _ stored: StoredOutcome, _ context: CommandContext
    ) throws -> Committed<R> {
        guard stored.fingerprint == context.repeatKey?.fingerprint else {
            throw EventStoreError.idempotencyMismatch
        }
        return Committed(
            result: try JSON.decode(R.self, from: stored.outcome), position: stored.position,
            isRepeat: true)
    }
}
