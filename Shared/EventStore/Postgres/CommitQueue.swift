internal import EventTypes

/// The units that wait for their commit, and the states of streams as if they were committed.
///
/// A unit waits → is under way → is answered; it is answered `movedOn` from either when one whose
/// events it was decided on fails. A few batches are under way at a time: they have no stream and
/// no key in common, so that what becomes of one says nothing about another (decision 0011).
struct CommitQueue<Answer: Sendable>: Sendable {
    /// A unit on its way. An object: units are not cheap to copy from one list to the next.
    final class Entry: Sendable {
        let draft: UnitDraft
        /// Where the outcome is to go.
        let answer: Answer
        fileprivate let part: Footprint.Part
        fileprivate let events: Int
        /// What it takes of its caller and the server together, as a multiple of what a unit of few
        /// events takes: one of hundreds, as an inbox has them, is worth a batch of others.
        fileprivate let weight: Int

        init(draft: UnitDraft, answer: Answer) {
            self.draft = draft
            self.answer = answer
            part = Footprint.Part(draft)
            events = draft.eventCount
            weight = max(1, events / CommitLimits.fewEvents)
        }
    }

    /// Units that are sent together.
    struct Batch: Sendable {
        let number: Int
        let entries: [Entry]
        fileprivate let weight: Int
        fileprivate let footprint: Footprint
    }

    let limits: CommitLimits
    private(set) var streams: StreamCache
    private var waiting: [Entry] = []
    private var underWay: [Batch] = []
    private var lastBatch = 0
    /// What a batch takes whatever its size, smoothed.
    private var fixedCost = Duration.zero
    /// What the batches under way touch, and the units that were passed over for it.
    private var closed = Footprint()
    /// So many of those that wait were passed over; they stand at the front.
    private var passedOver = 0
    /// What the others weigh together.
    private var weight = 0
    private var isOpen = false
    private var lastEpoch = 0

    init(limits: CommitLimits) {
        self.limits = limits
        streams = StreamCache(limit: limits.streams)
    }

    var isEmpty: Bool { waiting.isEmpty }
    /// Whether enough waits that the server need not wait for more.
    var isFull: Bool { weight >= weightWorthHalving }
    /// Whether there is something to take that has not been looked at in vain.
    var isWorthSending: Bool { mostToTake > 0 }
    var count: Int { waiting.count }

    mutating func open() { isOpen = true }
    mutating func close() { isOpen = false }

    // MARK: States

    /// The state to decide on, when it is known.
    mutating func state<State>(
        _ kind: ObjectIdentifier, of stream: StreamID, as: State.Type
    ) -> (state: State, version: Int64, epoch: Int)? {
        guard let (known, version, epoch) = tip(kind, of: stream), let state = known as? State
        else { return nil }
        return (state, version, epoch)
    }

    private mutating func tip(
        _ kind: ObjectIdentifier, of stream: StreamID
    ) -> (any Sendable, version: Int64, epoch: Int)? {
        let found = streams.with(stream) { entry -> (any Sendable, Int64, Int)? in
            guard !entry.isStale, let state = entry.tip.states[kind] else { return nil }
            return (state, entry.tip.version, entry.epoch)
        }
        return found ?? nil
    }

    /// The last committed state that is known: where to read on from.
    mutating func base<State>(
        _ kind: ObjectIdentifier, of stream: StreamID, as: State.Type
    ) -> (state: State, version: Int64)? {
        guard let known = streams.with(stream, { $0.durable }),
            let state = known.states[kind] as? State
        else { return nil }
        return (state, known.version)
    }

    /// Takes in a state that was read from the database just now.
    mutating func install(
        _ kind: ObjectIdentifier, of stream: StreamID, _ state: any Sendable, version: Int64
    ) {
        guard var entry = streams[stream] else {
            streams[stream] = StreamEntry(
                version: version, states: StreamStates(kind, state), epoch: nextEpoch())
            return
        }
        guard entry.pending == 0, version >= entry.durable.version else { return }
        if entry.durable.version == version {
            entry.durable.states[kind] = state
        } else {
            entry.durable = .init(version: version, states: StreamStates(kind, state))
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
        let drafts = entry.draft.streams
        for index in drafts.indices where !drafts[index].isExpectation {
            let isPresent = streams.with(drafts[index].id) { known in
                // The same version need not be the same events.
                !known.isStale && known.tip.version == drafts[index].expected
                    && (drafts[index].epoch ?? known.epoch) == known.epoch
            }
            guard isPresent ?? (drafts[index].epoch == nil) else { return .movedOn }
        }
        for index in drafts.indices where !drafts[index].events.isEmpty {
            func moveOn(_ known: inout StreamEntry) {
                known.tip = .init(version: drafts[index].version, states: drafts[index].states)
                known.pending += 1
            }
            if streams.with(drafts[index].id, moveOn) == nil {
                var known = StreamEntry(version: drafts[index].expected, epoch: nextEpoch())
                moveOn(&known)
                streams[drafts[index].id] = known
            }
        }
        waiting.append(entry)
        weight += entry.weight
        return nil
    }

    /// Takes the next batch out: as much as the limits allow, in order, no key of a claim, outcome,
    /// timer or slot twice, and a unit with statements of its own by itself. Units that touch what
    /// is under way are passed over, and so are those behind them that touch what these do. What
    /// touches the half that is taken goes along with it: the other half could not.
    ///
    /// - Returns: nil when nothing is to be sent now.
    mutating func takeBatch() -> Batch? {
        let most = mostToTake
        guard most > 0 else { return nil }
        var footprint = Footprint()
        var taken: [Entry] = []
        var passed: [Entry] = []
        var left: [Entry] = []
        var ofLeft = Footprint()
        var bytes = 0
        var takenWeight = 0
        var end = passedOver
        while end < waiting.count, taken.count < limits.batchUnits {
            let entry = waiting[end]
            let isClosed = closed.touches(entry.part)
            if isClosed, left.isEmpty {
                closed.add(entry.part)
                passed.append(entry)
                end += 1
                continue
            }
            let isOther = ofLeft.touches(entry.part) || !footprint.touches(entry.part)
            if isClosed || takenWeight >= most && isOther {
                ofLeft.add(entry.part)
                left.append(entry)
                end += 1
                continue
            }
            let isAlone = entry.draft.isAlone
            bytes += entry.draft.byteCount
            let isNext =
                taken.isEmpty
                || !isAlone && bytes <= limits.batchBytes && footprint.hasNone(of: entry.part)
            guard isNext else { break }
            footprint.add(entry.part)
            taken.append(entry)
            takenWeight += entry.weight
            end += 1
            if isAlone { break }
        }
        waiting.replaceSubrange(passedOver..<end, with: passed + left)
        passedOver += passed.count
        weight -= passed.reduce(takenWeight) { $0 + $1.weight }
        guard !taken.isEmpty else { return nil }
        lastBatch += 1
        let batch = Batch(
            number: lastBatch, entries: taken, weight: takenWeight, footprint: footprint)
        underWay.append(batch)
        closed.formUnion(footprint)
        return batch
    }

    /// About what the next batch may weigh. Where enough waits, the first one leaves half of it to
    /// the second: while the server works on the one, the callers of the other are answered and
    /// decide anew. The second is not sent for much less than the first.
    private var mostToTake: Int {
        guard let first = underWay.first else {
            return weight < weightWorthHalving ? weight : (weight + 1) / 2
        }
        let isWorthIt =
            underWay.count < CommitLimits.batches && weight * 2 >= first.weight
            && weight + first.weight >= weightWorthHalving
        return isWorthIt ? weight : 0
    }

    /// Whether a batch that was just answered leaves much less than itself to send. Were the few
    /// sent at once, they would stay few: the server is done with them long before the many have
    /// decided anew, and then they wait for the many. The two would take turns for ever.
    func isLopsided(after batch: Batch) -> Bool {
        underWay.isEmpty && weight * 2 < batch.weight
    }

    /// Halves cost one more transaction and save the time in which their callers decide: from such
    /// a weight on they pay. A slow disk takes more of it.
    private var weightWorthHalving: Int {
        max(limits.overlapWeight, Int(fixedCost / CommitLimits.decisionCost))
    }

    private mutating func learn(from batch: Batch, _ took: Duration) {
        let events = batch.entries.reduce(0) { $0 + max(1, $1.events) }
        let fixed = max(.zero, took - CommitLimits.eventCost * events)
        fixedCost = (fixedCost * 7 + fixed) / 8
    }

    /// Notes what became of a batch.
    ///
    /// - Parameter took: for how long the server had nothing before it, when that was measured.
    /// - Returns: the units to answer, waiting ones that were decided on failed ones included.
    mutating func finish(
        _ batch: Batch, _ outcomes: [UnitOutcome], took: Duration? = nil
    ) -> [(Entry, UnitOutcome)] {
        if let took { learn(from: batch, took) }
        underWay.removeAll { $0.number == batch.number }
        closed = underWay.reduce(into: Footprint()) { $0.formUnion($1.footprint) }
        for index in 0..<passedOver { weight += waiting[index].weight }
        passedOver = 0
        var answers: [(Entry, UnitOutcome)] = []
        answers.reserveCapacity(batch.entries.count)
        var lost: Set<StreamID> = []
        for (entry, outcome) in zip(batch.entries, outcomes) {
            answers.append((entry, outcome))
            if case .committed = outcome {
                commit(entry.draft)
            } else {
                lost.formUnion(entry.draft.writtenStreams)
            }
            if case .conflict(let stream, _) = outcome {
                streams.with(stream) { $0.isStale = true }
            }
        }
        if !lost.isEmpty { answers += giveUpDependents(of: &lost) }
        for stream in lost {
            let epoch = nextEpoch()
            streams.with(stream) { known in
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
        let drafts = draft.streams
        for index in drafts.indices where !drafts[index].events.isEmpty {
            let pending = streams.with(drafts[index].id) { known in
                known.durable = .init(
                    version: drafts[index].version, states: drafts[index].states)
                known.pending = max(0, known.pending - 1)
                return known.pending
            }
            // What has begun just now is seldom wanted again; the database has it.
            if drafts[index].isNew, pending == 0 { streams[drafts[index].id] = nil }
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
                weight -= entry.weight
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
        defer {
            waiting = []
            passedOver = 0
            weight = 0
        }
        return waiting
    }
}

/// How much of what may wait and be sent.
struct CommitLimits: Sendable {
    var waiting = 20_000
    var batchUnits = 600
    /// Batches under way at a time.
    static let batches = 2
    /// What weighs less than this goes in one batch.
    var overlapWeight = 16
    /// So many events weigh as much as a unit of fewer.
    static let fewEvents = 8
    /// About what an event takes of the server's time, and what a unit's caller takes to decide the
    /// next.
    static let eventCost = Duration.microseconds(12)
    static let decisionCost = Duration.microseconds(15)
    var batchBytes = 4 << 20
    var streams = 65_536
}
