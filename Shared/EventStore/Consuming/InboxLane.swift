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
