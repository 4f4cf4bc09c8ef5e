internal import EventStore
internal import EventTypes

/// What an event of the log says in the words of the contract.
enum PublishedFact {
    static func of(_ event: RecordedEvent) throws -> (any PublishedEvent)? {
        if let fact = try event.payload(FactRecorded.self) { return fact.event }
        return try event.payload(VisitTracked.self)?.published
    }
}
