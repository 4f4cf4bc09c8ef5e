internal import EventStore

/// How far a service is behind the events of another, by the numbers that both keep in the
/// database. Pure.
struct ConsumerLag: Sendable, Equatable {
    let service: String
    let source: String
    let topic: String
    let applied: Int64
    let published: Int64
    /// By slot, how far the lanes are that are behind.
    let lagging: [Int: Int64]

    /// The events that are published and not applied.
    let behind: Int64

    /// Of every pair of a consumer and a source that it has ever applied something of.
    static func all(
        applied: [String: [LaneProgress]], published: [String: [LaneProgress]]
    ) -> [ConsumerLag] {
        applied.sorted { $0.key < $1.key }.flatMap { service, lanes in
            Dictionary(grouping: lanes) { Pair(source: $0.source, topic: $0.topic) }
                .compactMap { pair, lanes in
                    published[pair.source].map { ConsumerLag(service, pair, lanes, $0) }
                }
                .sorted { ($0.topic, $0.source) < ($1.topic, $1.source) }
        }
    }

    private struct Pair: Hashable {
        let source: String
        let topic: String
    }

    private init(
        _ service: String, _ pair: Pair, _ lanes: [LaneProgress], _ published: [LaneProgress]
    ) {
        let done = Dictionary(lanes.map { ($0.slot, $0.sequence) }, uniquingKeysWith: max)
        var sum: (applied: Int64, published: Int64, behind: Int64) = (0, 0, 0)
        var lagging: [Int: Int64] = [:]
        for lane in published where lane.topic == pair.topic {
            let at = done[lane.slot] ?? 0
            // A consumer may be ahead of what the publisher has noted down so far.
            let end = max(at, lane.sequence)
            sum.applied += at
            sum.published += end
            sum.behind += end - at
            if end > at { lagging[lane.slot] = at }
        }
        self.service = service
        source = pair.source
        topic = pair.topic
        applied = sum.applied
        self.published = sum.published
        behind = sum.behind
        self.lagging = lagging
    }
}
