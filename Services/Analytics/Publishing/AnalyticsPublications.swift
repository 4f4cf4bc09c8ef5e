internal import EventStore
internal import EventTypes

/// What other services may read: visits. Facts of other services are published by those.
enum AnalyticsPublications {
    @Sendable static func map(_ event: RecordedEvent) throws -> [Publication] {
        guard let visit = try event.payload(VisitTracked.self) else { return [] }
        return [Publication(.analyticsEvents, event, visit.published)]
    }
}
