internal import EventTypes

/// How far a source has published a topic, said every few seconds on a topic of its own.
///
/// A number that jumps tells a consumer what it misses only when the next event of the lane comes,
/// which may be never. Whoever has read all that the broker has and is still behind these numbers
/// has lost something: records that were deleted before they were read, or that a topic which was
/// made anew holds before the place where the group goes on.
struct PublishedEnds: Codable, Sendable, Equatable {
    /// The topic of the bus on which this travels.
    static let topic = "souk-ends"

    let source: String
    let topic: Topic
    /// The last number of each slot that the bus has acknowledged, 0 for none.
    let sequences: [Int64]

    /// - Returns: nil when nothing of the topic was published.
    init?(of topic: Topic, from source: String, in state: PublisherState) {
        self.source = source
        self.topic = topic
        sequences = (0..<Slot.count).map { number in
            Slot(number).flatMap { state.sequences[.init(topic: topic, slot: $0)] } ?? 0
        }
        if sequences.allSatisfy({ $0 == 0 }) { return nil }
    }

    var lanes: Set<InboxLane> {
        Set(
            sequences.indices.filter { sequences[$0] > 0 }
                .map { InboxLane(source: source, topic: topic, slot: $0) })
    }

    /// What a consumer has not got.
    func missing(at positions: [InboxLane: SlotPosition]) -> [InboxBatch.Loss] {
        lanes.sorted { $0.slot < $1.slot }.compactMap { lane in
            let place = positions[lane] ?? SlotPosition()
            let end = sequences[lane.slot]
            if place.sequence >= end { return nil }
            return InboxBatch.Loss(
                lane: lane, sequence: place.sequence, position: place.position, got: end,
                until: end)
        }
    }
}
