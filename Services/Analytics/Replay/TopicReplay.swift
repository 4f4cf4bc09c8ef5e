internal import Bus
internal import EventStore
internal import EventTypes
internal import JSON

/// Folds records of topics into a journey, each event once and in the order of its source, whatever
/// repeats and delays the topics hold.
struct TopicReplay: Sendable {
    /// How many events of a lane may wait for an earlier one before it counts as lost.
    static let waitingLimit = 10_000

    /// The events that a source numbers together.
    struct Lane: Hashable, Sendable {
        let source: String
        let topic: String
        let slot: Int
    }

    /// Numbers that a topic does not hold.
    struct Gap: Hashable, Sendable, CustomStringConvertible {
        let lane: Lane
        let numbers: ClosedRange<Int64>

        var description: String {
            let count = numbers.count
            let events = count == 1 ? "an event" : "\(count) events"
            let range =
                count == 1
                ? "number \(numbers.lowerBound)"
                : "numbers \(numbers.lowerBound) to \(numbers.upperBound)"
            return "\(lane.topic) lacks \(events) of \(lane.source) "
                + "(\(range) of slot \(lane.slot))."
        }
    }

    private struct State {
        var next: Int64
        var waiting: [Int64: ReceivedEvent] = [:]
    }

    /// Whether reading begins somewhere in the topics, so that the first number seen is the first.
    let startsMidway: Bool
    private(set) var journey = Journey()
    /// Events folded.
    private(set) var events = 0
    /// Events that were there again.
    private(set) var repeats = 0
    /// Records that are no events of the platform.
    private(set) var foreign = 0
    /// Events of a kind or version that the contract does not have, by name.
    private(set) var unknown: [String: Int] = [:]
    private(set) var gaps: [Gap] = []
    /// Events that could not be read, a sentence for each.
    private(set) var unreadable: [String] = []
    /// Topics that are not there.
    private(set) var absent: [String] = []
    private var lanes: [Lane: State] = [:]

    init(startsMidway: Bool = false) { self.startsMidway = startsMidway }

    mutating func add(_ record: BusRecord) {
        guard let event = ReceivedEvent(record) else {
            foreign += 1
            return
        }
        add(event)
    }

    mutating func add(_ event: ReceivedEvent) {
        let lane = Lane(source: event.source, topic: event.topic.rawValue, slot: event.slot)
        var state = lanes[lane] ?? State(next: startsMidway ? event.slotSequence : 1)
        // The dictionary must not hold a second reference while the copy grows.
        lanes[lane] = nil
        if event.slotSequence < state.next || state.waiting[event.slotSequence] != nil {
            repeats += 1
        } else if event.slotSequence == state.next {
            fold(event)
            state.next += 1
            while let next = state.waiting.removeValue(forKey: state.next) {
                fold(next)
                state.next += 1
            }
        } else {
            state.waiting[event.slotSequence] = event
            if state.waiting.count > Self.waitingLimit { giveUp(&state, lane) }
        }
        lanes[lane] = state
    }

    /// Notes that a topic is not there.
    mutating func miss(_ topic: String) { absent.append(topic) }

    /// Folds what still waits: what it waited for is not there.
    mutating func finish() {
        let unfinished = lanes.filter { !$0.value.waiting.isEmpty }.sorted {
            ($0.key.topic, $0.key.source, $0.key.slot) < ($1.key.topic, $1.key.source, $1.key.slot)
        }
        for (lane, state) in unfinished {
            var state = state
            giveUp(&state, lane)
            lanes[lane] = state
        }
    }

    private mutating func giveUp(_ state: inout State, _ lane: Lane) {
        for (sequence, event) in state.waiting.sorted(by: { $0.key < $1.key }) {
            if sequence > state.next {
                gaps.append(Gap(lane: lane, numbers: state.next...sequence - 1))
            }
            fold(event)
            state.next = sequence + 1
        }
        state.waiting = [:]
    }

    private mutating func fold(_ event: ReceivedEvent) {
        do {
            guard let fact = try event.decodeAny() else {
                unknown["\(event.type.name), version \(event.type.version)", default: 0] += 1
                return
            }
            events += 1
            journey.apply(fact, at: event.time)
        } catch {
            unreadable.append("\(event.type.name) at \(event.source) \(event.position): \(error)")
        }
    }
}
