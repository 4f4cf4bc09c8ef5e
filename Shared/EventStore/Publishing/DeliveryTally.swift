internal import Bus
internal import EventTypes

/// Where the records of a batch are, in few words: of each partition the first and the last offset,
/// and every one that is below an earlier one.
struct DeliveryTally: Sendable {
    private struct Stretch: Sendable {
        let place: PublisherState.Place
        var last: Int64
        /// Whether `last` was told.
        var isTold: Bool
    }

    private var told: [PublisherPipeline.Delivery] = []
    private var stretches: [Stretch] = []
    /// Records of each topic.
    private(set) var counts: [(topic: Topic, count: Int)] = []

    /// What the pipeline draws the same conclusions from as from every delivery by itself.
    var deliveries: [PublisherPipeline.Delivery] {
        told + stretches.filter { !$0.isTold }.map { .init(place: $0.place, offset: $0.last) }
    }

    mutating func add(_ topic: Topic, _ delivery: Delivery) {
        if let index = counts.lastIndex(where: { $0.topic == topic }) {
            counts[index].count += 1
        } else {
            counts.append((topic, 1))
        }
        // One below 0 is unknown.
        guard delivery.offset >= 0 else { return }
        let place = PublisherState.Place(topic: topic, partition: delivery.partition)
        guard let index = stretches.firstIndex(where: { $0.place == place }) else {
            stretches.append(Stretch(place: place, last: delivery.offset, isTold: true))
            return told.append(.init(place: place, offset: delivery.offset))
        }
        if delivery.offset > stretches[index].last {
            stretches[index].last = delivery.offset
            stretches[index].isTold = false
            return
        }
        if !stretches[index].isTold {
            stretches[index].isTold = true
            told.append(.init(place: place, offset: stretches[index].last))
        }
        told.append(.init(place: place, offset: delivery.offset))
    }
}
