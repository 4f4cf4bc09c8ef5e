internal import EventTypes

/// What becomes of the events of one batch of a partition. Pure: it says what to do next, and is
/// told what came of it.
///
/// What is new is applied as one unit if that works, else event by event; an event that keeps
/// failing is parked, and what follows it in its stream queues behind it. Every unit carries the
/// numbers that it moves its lanes to.
struct InboxBatch: Sendable {
    /// How often one event is tried before it is parked.
    static let attempts = 3

    enum Action: Sendable, Equatable {
        case commit(InboxUnit)
        /// Before the attempt with this number at one event, from 2.
        case pause(beforeAttempt: Int)
        /// Everything is done.
        case done
        /// The batch is to be offered again: what was committed of it will then be a repeat.
        case again
    }

    /// Numbers that are missing: the lane stands still until they are sent again.
    struct Loss: Sendable, Equatable {
        let lane: InboxLane
        /// The last number there is, and the position of its event.
        let sequence: Int64
        let position: Int64
        /// The number that came instead of the next one.
        let got: Int64
        /// The last number of the lane that came and is passed over: it must come again, too.
        var until: Int64
    }

    private let received: [ReceivedEvent]
    private var positions = LaneMap<SlotPosition>()
    private var fresh: [ReceivedEvent] = []
    private var held: Set<ParkedKey> = []
    private var isWhole = true
    private var attempt = 1
    private var mustPause = false
    private var reason: String?
    private var isGivenUp = false

    init(_ received: [ReceivedEvent]) { self.received = received }

    /// The lanes whose positions are needed to begin.
    var lanes: Set<InboxLane> {
        var lanes = LaneMap<Void>()
        for event in received { lanes[InboxLane(event)] = () }
        return Set(lanes.entries.map(\.lane))
    }

    /// The events that are next in their lanes.
    private(set) var repeats: [ReceivedEvent] = []

    /// Sorts out repeats, and everything of a lane from the first missing number on.
    ///
    /// - Returns: what is missing.
    mutating func begin(at positions: [InboxLane: SlotPosition]) -> [Loss] {
        self.positions = LaneMap(positions)
        var reached = self.positions
        var losses: [InboxLane: Loss] = [:]
        for event in received {
            let lane = InboxLane(event)
            let place = reached[lane] ?? SlotPosition()
            switch InboxVerdict(applied: place.sequence, next: event.slotSequence) {
            case .apply:
                fresh.append(event)
                reached[lane] = place.moved(to: event)
            case .ignore: repeats.append(event)
            case .lost:
                let loss = Loss(
                    lane: lane, sequence: place.sequence, position: place.position,
                    got: event.slotSequence, until: event.slotSequence)
                losses[lane, default: loss].until = max(
                    losses[lane]?.until ?? 0, event.slotSequence)
            }
        }
        return losses.values.sorted { $0.lane.slot < $1.lane.slot }
    }

    /// The streams of all events, some of them several times: which of them have parked events is
    /// to be told to `hold`.
    var keys: [ParkedKey] { received.map(ParkedKey.init) }

    mutating func hold(_ keys: Set<ParkedKey>) { held = keys }

    mutating func next() -> Action {
        if isGivenUp { return .again }
        guard let first = fresh.first else { return .done }
        if isWhole { return .commit(unit(fresh)) }
        if mustPause {
            mustPause = false
            return .pause(beforeAttempt: attempt)
        }
        return .commit(unit([first], parking: reason))
    }

    private func unit(_ events: [ReceivedEvent], parking reason: String? = nil) -> InboxUnit {
        var reached = LaneMap<SlotPosition>()
        for event in events {
            let lane = InboxLane(event)
            reached[lane] = (reached[lane] ?? positions[lane] ?? SlotPosition()).moved(to: event)
        }
        return InboxUnit(
            parts: events.map { event in
                let isHeld = !held.isEmpty && held.contains(ParkedKey(event))
                return InboxUnit.Part(
                    event: event,
                    treatment: reason.map { .park(reason: $0) } ?? (isHeld ? .queue : .handle))
            },
            advances: reached.entries.sorted { $0.lane.slot < $1.lane.slot }.map { lane, place in
                InboxAdvance(
                    source: lane.source, topic: lane.topic.rawValue, slot: lane.slot,
                    from: positions[lane] ?? SlotPosition(), to: place)
            })
    }

    // MARK: What came of it

    /// The unit of the last action is durable.
    mutating func committed() {
        let count = isWhole ? fresh.count : 1
        for event in fresh.prefix(count) {
            let lane = InboxLane(event)
            positions[lane] = (positions[lane] ?? SlotPosition()).moved(to: event)
        }
        if reason != nil, let event = fresh.first { held.insert(ParkedKey(event)) }
        fresh.removeFirst(count)
        attempt = 1
        reason = nil
    }

    /// The unit of the last action was not committed.
    ///
    /// - Parameter isPassing: whether it is a fault of the moment, not of an event.
    mutating func failed(isPassing: Bool, reason: String) {
        if isWhole {
            isWhole = false
        } else if isPassing || self.reason != nil {
            isGivenUp = true
        } else if attempt >= Self.attempts {
            self.reason = reason
        } else {
            attempt += 1
            mustPause = true
        }
    }
}

/// Received events that are applied, or put aside, in one transaction together with how far their
/// lanes are.
struct InboxUnit: Sendable, Equatable {
    enum Treatment: Sendable, Equatable {
        case handle
        /// Earlier events of its stream are parked: it waits behind them.
        case queue
        case park(reason: String)
    }

    struct Part: Sendable, Equatable {
        let event: ReceivedEvent
        let treatment: Treatment
    }

    let parts: [Part]
    let advances: [InboxAdvance]
}

/// A stream of a source, whose events are parked in their order.
struct ParkedKey: Hashable, Sendable {
    let source: String
    let stream: String

    init(_ event: ReceivedEvent) {
        source = event.source
        stream = event.stream.name
    }

    init(source: String, stream: String) {
        self.source = source
        self.stream = stream
    }
}

extension SlotPosition {
    fileprivate func moved(to event: ReceivedEvent) -> SlotPosition {
        SlotPosition(epoch: epoch, sequence: event.slotSequence, position: event.position)
    }
}
