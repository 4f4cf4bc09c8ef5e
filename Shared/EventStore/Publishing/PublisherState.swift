internal import EventTypes

/// What has been published of a log, and the next numbers. Pure: the publisher keeps it in one row
/// set.
struct PublisherState: Sendable, Equatable {
    struct Lane: Hashable, Sendable {
        let topic: Topic
        let slot: Slot
    }

    struct Place: Hashable, Sendable {
        let topic: Topic
        let partition: Int32
    }

    /// Everything up to here is acknowledged by the bus.
    var position: Int64 = 0
    /// The last number given out in each slot of each topic.
    var sequences: [Lane: Int64] = [:]
    /// The offset after the last acknowledged record of each partition.
    var ends: [Place: Int64] = [:]

    /// Numbers what `event` publishes and moves past it.
    mutating func advance(
        past event: RecordedEvent, _ publications: [Publication]
    ) -> [NumberedPublication] {
        var numbered: [NumberedPublication] = []
        advance(past: event, publications, into: &numbered)
        return numbered
    }

    /// The same, into an array of many.
    mutating func advance(
        past event: RecordedEvent, _ publications: [Publication],
        into numbered: inout [NumberedPublication]
    ) {
        position = event.position
        for part in publications.indices {
            let slot = Slot(of: StreamID(publications[part].key))
            let lane = Lane(topic: publications[part].topic, slot: slot)
            numbered.append(
                NumberedPublication(
                    publication: publications[part], event: event, part: part, slot: slot,
                    sequence: Self.next(&sequences[lane, default: 0])))
        }
    }

    private static func next(_ sequence: inout Int64) -> Int64 {
        sequence += 1
        return sequence
    }

    /// Whether the bus holds less than it has acknowledged: a topic was deleted, or the cluster
    /// restored from an old copy.
    func isLost(_ topic: Topic, highs: [Int32: Int64]) -> Bool {
        ends.contains { place, end in
            place.topic == topic && (highs[place.partition] ?? 0) < end
        }
    }
}
