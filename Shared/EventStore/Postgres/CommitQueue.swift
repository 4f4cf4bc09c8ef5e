internal import EventTypes

/// The units that wait for their commit, and the states of streams as if they were committed.
///
/// One batch is under way at a time. A unit waits → is under way → is answered; it is answered
/// `movedOn` from either when one whose events it was decided on fails.
struct CommitQueue<Answer: Sendable>: Sendable {
    struct Entry: Sendable {
        let draft: UnitDraft
        /// Where the outcome is to go.
        let answer: Answer
    }

    let limits: CommitLimits
    private(set) var streams: StreamCache
    private var waiting: [Entry] = []
    private var isOpen = false
    private var lastEpoch = 0

    init(limits: CommitLimits) {
        self.limits = limits
        streams = StreamCache(limit: limits.streams)
    }

    var isEmpty: Bool { waiting.isEmpty }
    /// Whether enough waits that the server need not wait for more.
    var isFull: Bool { waiting.count >= limits.overlapUnits }
    var count: Int { waiting.count }

    mutating func open() { isOpen = true }
    mutating func close() { isOpen = false }

    // MARK: States

    /// The state to decide on, when it is known.
    mutating func state<State>(
        _ kind: ObjectIdentifier, of stream: StreamID, as: State.Type
    ) -> (state: State, version: Int64, epoch: Int)? {
        guard let entry = streams[stream], !entry.isStale,
            let state = entry.tip.states[kind] as? State
        else { return nil }
        return (state, entry.tip.version, entry.epoch)
    }

    /// The last committed state that is known: where to read on from.
    mutating func base<State>(
        _ kind: ObjectIdentifier, of stream: StreamID, as: State.Type
    ) -> (state: State, version: Int64)? {
        guard let entry = streams[stream], let state = entry.durable.states[kind] as? State
        else { return nil }
        return (state, entry.durable.version)
    }

    /// Takes in a state that was read from the database just now.
    mutating func install(
        _ kind: ObjectIdentifier, of stream: StreamID, _ state: any Sendable, version: Int64
    ) {
        guard var entry = streams[stream] else {
            streams[stream] = StreamEntry(
                version: version, states: [kind: state], epoch: nextEpoch())
            return
        }
        guard entry.pending == 0, version >= entry.durable.version else { return }
        if entry.durable.version == version {
            entry.durable.states[kind] = state
        } else {
            entry.durable = .init(version: version, states: [kind: state])
        }
        entry.reset(isStale: false)
        entry.isStale = false
        streams[stream] = entry
    }

    // MARK: Units

    /// Takes a unit in, or answers it at once.
    mutating func submit(_ entry: Entry) -> UnitOutcome? {
        guard isOpen else { return .failed(EventStoreError.closed) }
        guard waiting.count < limits.waiting else { return .failed(EventStoreError.overloaded) }
        for stream in entry.draft.streams where !stream.isExpectation {
            guard let known = streams[stream.id] else {
                if stream.epoch != nil { return .movedOn }
                continue
            }
            if known.isStale || known.tip.version != stream.expected { return .movedOn }
            // The same version need not be the same events.
            if let epoch = stream.epoch, epoch != known.epoch { return .movedOn }
        }
        for stream in entry.draft.streams where !stream.events.isEmpty {
            if streams[stream.id] == nil {
                streams[stream.id] = StreamEntry(version: stream.expected, epoch: nextEpoch())
            }
            streams.update(stream.id) { known in
                known.tip = .init(version: stream.version, states: stream.states)
                known.pending += 1
            }
        }
        waiting.append(entry)
        return nil
    }

    /// Takes the next batch out, in order: as much as the limits allow, no key of a claim, outcome,
    /// timer or slot twice, and a unit with statements of its own by itself.
    mutating func takeBatch() -> [Entry] {
        let most = min(limits.batchUnits, max(limits.overlapUnits, waiting.count / 2))
        var count = 0
        var bytes = 0
        var keys: Set<ExclusiveKey> = []
        for entry in waiting {
            let isAlone = !entry.draft.statements.isEmpty || entry.draft.finishedTimer != nil
            if isAlone {
                if count == 0 { count = 1 }
                break
            }
            bytes += entry.draft.byteCount
            let own = entry.draft.exclusiveKeys
            if count > 0 && (bytes > limits.batchBytes || !keys.isDisjoint(with: own)) { break }
            keys.formUnion(own)
            count += 1
            if count == most { break }
        }
        let batch = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        return batch
    }

    /// Notes what became of a batch.
    ///
    /// - Returns: the units to answer, waiting ones that were decided on failed ones included.
    mutating func finish(_ batch: [Entry], _ outcomes: [UnitOutcome]) -> [(Entry, UnitOutcome)] {
        var answers: [(Entry, UnitOutcome)] = []
        answers.reserveCapacity(batch.count)
        var lost: Set<StreamID> = []
        for (entry, outcome) in zip(batch, outcomes) {
            answers.append((entry, outcome))
            if case .committed = outcome {
                commit(entry.draft)
            } else {
                lost.formUnion(entry.draft.writtenStreams)
            }
            if case .conflict(let stream, _) = outcome {
                streams.update(stream) { $0.isStale = true }
            }
        }
        if !lost.isEmpty { answers += giveUpDependents(of: &lost) }
        for stream in lost {
            let epoch = nextEpoch()
            streams.update(stream) { known in
                known.reset(isStale: false)
                known.epoch = epoch
            }
        }
        return answers
    }

    private mutating func nextEpoch() -> Int {
        lastEpoch += 1
        return lastEpoch
    }

    private mutating func commit(_ draft: UnitDraft) {
        for stream in draft.streams where !stream.events.isEmpty {
            streams.update(stream.id) { known in
                known.durable = .init(version: stream.version, states: stream.states)
                known.pending = max(0, known.pending - 1)
            }
            // What has begun just now is seldom wanted again; the database has it.
            if stream.isNew, streams[stream.id]?.pending == 0 { streams[stream.id] = nil }
        }
    }

    /// Takes out the waiting units that were decided on events which are not to be.
    private mutating func giveUpDependents(
        of lost: inout Set<StreamID>
    ) -> [(Entry, UnitOutcome)] {
        var kept: [Entry] = []
        var answers: [(Entry, UnitOutcome)] = []
        kept.reserveCapacity(waiting.count)
        for entry in waiting {
            let isLost = entry.draft.streams.contains { lost.contains($0.id) }
            if isLost {
                lost.formUnion(entry.draft.writtenStreams)
                answers.append((entry, .movedOn))
            } else {
                kept.append(entry)
            }
        }
        waiting = kept
        return answers
    }

    /// Takes everything out that still waits.
    mutating func drain() -> [Entry] {
        defer { waiting = [] }
        return waiting
    }
}

/// How much of what may wait and be sent.
struct CommitLimits: Sendable {
    var waiting = 20_000
    var batchUnits = 600
    /// From here on a batch leaves half of what waits to the next one: while the server commits
    /// the one, the callers of the other are answered and decide anew.
    var overlapUnits = 64
    var batchBytes = 4 << 20
    var streams = 65_536
}

/// Something that one statement cannot touch twice.
enum ExclusiveKey: Hashable {
    case claim(scope: String, key: String)
    case outcome(scope: String, key: String)
    case timer(kind: String, key: String)
    case slot(source: String, topic: String, slot: Int)
}

extension UnitDraft {
    var writtenStreams: [StreamID] { streams.filter { !$0.events.isEmpty }.map(\.id) }

    var exclusiveKeys: [ExclusiveKey] {
        var keys: [ExclusiveKey] = []
        if let key = outcome?.key { keys.append(.outcome(scope: key.scope, key: key.key)) }
        keys += claims.map { .claim(scope: $0.scope, key: $0.key) }
        keys += timers.map {
            switch $0 {
            case .schedule(let timer): .timer(kind: timer.kind, key: timer.key)
            case .cancel(let kind, let key): .timer(kind: kind, key: key)
            }
        }
        keys += advances.map { .slot(source: $0.source, topic: $0.topic, slot: $0.slot) }
        return keys
    }
}
