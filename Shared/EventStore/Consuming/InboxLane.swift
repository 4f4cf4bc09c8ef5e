internal import EventTypes

/// One slot of one topic of one source, as a consumer knows it. Pure.
struct InboxLane: Hashable, Sendable {
    let source: String
    let topic: Topic
    let slot: Int

    init(_ event: ReceivedEvent) {
        source = event.source
        topic = event.topic
        slot = event.slot
    }
}

/// Something for each lane of one batch. They are few: looking at each is faster than a hash of
/// what names them.
struct LaneMap<Value> {
    private(set) var entries: [(lane: InboxLane, value: Value)] = []

    init() {}

    init(_ values: [InboxLane: Value]) { entries = values.map { ($0.key, $0.value) } }

    subscript(lane: InboxLane) -> Value? {
        get { place(of: lane).map { entries[$0].value } }
        set {
            switch (place(of: lane), newValue) {
            case (let place?, let value?): entries[place].value = value
            case (let place?, nil): entries.remove(at: place)
            case (nil, let value?): entries.append((lane, value))
            case (nil, nil): break
            }
        }
    }

    private func place(of lane: InboxLane) -> Int? {
        for place in 0..<entries.count
        where entries[place].lane.slot == lane.slot && entries[place].lane == lane {
            return place
        }
        return nil
    }
}

extension LaneMap: Sendable where Value: Sendable {}

/// What to do with the next record of a lane.
enum InboxVerdict: Sendable, Equatable {
    /// It is the next one.
    case apply
    /// It was applied before: a repeat.
    case ignore
    /// Numbers are missing before it: the lane stands still until they are sent again.
    case lost

    init(applied: Int64, next: Int64) {
        self = next == applied + 1 ? .apply : next <= applied ? .ignore : .lost
    }
}
