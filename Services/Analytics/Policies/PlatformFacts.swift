internal import EventStore
internal import EventTypes

/// Every published event of the platform becomes a fact of this service's own log.
enum PlatformFacts {
    /// Where facts come from.
    static let topics: [Topic] = [
        .userEvents, .catalogEvents, .cashbackEvents, .walletEvents, .orderEvents,
        .notificationEvents, .cmsEvents,
    ]

    static let subscription = Subscription(
        topics: topics,
        handles: Set(
            Contract.events.filter { topics.contains($0.topic) }.flatMap(\.types)
                .map { $0.eventType.name })
    ) { received, unit in
        guard let event = try received.decodeAny() else {
            throw EventStoreError.unknownEvent(received.type, in: received.stream)
        }
        let fact = FactRecorded(
            id: received.id, source: received.source, time: received.time, event: event)
        try await unit.decide(
            Subject.self, Subject.key(of: event, from: received.source, received.stream),
            .record(fact))
    }
}
