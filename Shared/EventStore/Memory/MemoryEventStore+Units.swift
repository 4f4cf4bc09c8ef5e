internal import EventTypes
internal import Runtime
internal import Synchronization

extension MemoryEventStore: UnitBackend {
    func open<D: Decider>(_ decider: D.Type, _ stream: StreamID) async throws -> OpenedStream<
        D.State
    > {
        let events = try await read(stream, after: 0, limit: .max)
        var state = D.initial
        for event in events { D.evolve(&state, try event.decode(D.Event.self)) }
        return OpenedStream(state: state, version: Int64(events.count), isFresh: true)
    }

    func storedOutcome(_ key: IdempotencyKey) async throws -> StoredOutcome? {
        state.withLock { $0.outcomes[IdempotencyKeyName(scope: key.scope, key: key.key)] }
    }

    func pause(beforeAttempt attempt: Int) async throws { await Task.yield() }

    func submit(_ draft: UnitDraft) async -> UnitOutcome {
        let now = clock.now()
        return state.withLock { state in
            if let refusal = state.refusal(of: draft) { return refusal }
            state.apply(draft, at: now)
            return .committed(draft.eventCount == 0 ? 0 : Int64(state.log.count))
        }
    }
}

extension MemoryEventStore.State {
    /// Why the unit cannot be committed; nil when it can.
    func refusal(of draft: UnitDraft) -> UnitOutcome? {
        if let outcome = draft.outcome, let stored = outcomes[.init(outcome)] {
            return .duplicate(stored)
        }
        for advance in draft.advances where (positions[.init(advance)] ?? .init()) != advance.from {
            return .positionMoved
        }
        if let timer = draft.finishedTimer,
            timers[.init(kind: timer.kind, key: timer.key)] == nil
        {
            return .timerGone
        }
        for stream in draft.streams {
            let actual = Int64(streams[stream.id]?.count ?? 0)
            if actual != stream.expected { return .conflict(stream.id, actual: actual) }
        }
        for claim in draft.claims where claim.action == .take {
            if let owner = claims[.init(scope: claim.scope, key: claim.key)], owner != claim.stream
            {
                return .claimTaken(scope: claim.scope, key: claim.key, by: owner)
            }
        }
        return nil
    }

    mutating func apply(_ draft: UnitDraft, at now: Timestamp) {
        for stream in draft.streams {
            for (offset, event) in stream.events.enumerated() {
                streams[stream.id, default: []].append(log.count)
                log.append(
                    RecordedEvent(
                        position: Int64(log.count + 1), stream: stream.id,
                        version: stream.expected + Int64(offset + 1), type: event.type,
                        id: event.id, recordedAt: now, payload: event.payload,
                        metadata: event.metadata))
            }
        }
        for claim in draft.claims {
            let key = MemoryEventStore.ClaimKey(scope: claim.scope, key: claim.key)
            switch claim.action {
            case .take: claims[key] = claim.stream
            case .release: if claims[key] == claim.stream { claims[key] = nil }
            }
        }
        if let outcome = draft.outcome {
            outcomes[.init(outcome)] = StoredOutcome(
                fingerprint: outcome.key.fingerprint, outcome: outcome.outcome,
                position: draft.eventCount == 0 ? 0 : Int64(log.count))
        }
        if let timer = draft.finishedTimer {
            timers[.init(kind: timer.kind, key: timer.key)] = nil
        }
        for change in draft.timers {
            switch change {
            case .schedule(let timer): timers[.init(kind: timer.kind, key: timer.key)] = timer
            case .cancel(let kind, let key): timers[.init(kind: kind, key: key)] = nil
            }
        }
        for advance in draft.advances { positions[.init(advance)] = advance.to }
        statements += draft.statements
    }
}

extension MemoryEventStore.IdempotencyKeyName {
    fileprivate init(_ outcome: OutcomeDraft) {
        self.init(scope: outcome.key.scope, key: outcome.key.key)
    }
}

extension MemoryEventStore.InboxSlot {
    fileprivate init(_ advance: InboxAdvance) {
        self.init(source: advance.source, topic: advance.topic, slot: advance.slot)
    }
}
