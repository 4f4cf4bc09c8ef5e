internal import EventStore
internal import EventTypes

/// What an event of the log says in the words of the contract, and when its source recorded it.
struct PublishedFact: Sendable {
    let event: any PublishedEvent
    let time: Timestamp

    /// Nil for events that say nothing to others.
    static func of(_ event: RecordedEvent) throws -> PublishedFact? {
        if let fact = try event.payload(FactRecorded.self) {
            return PublishedFact(event: fact.event, time: fact.time)
        }
        return try event.payload(VisitTracked.self).map {
            PublishedFact(event: $0.published, time: event.recordedAt)
        }
    }
}
