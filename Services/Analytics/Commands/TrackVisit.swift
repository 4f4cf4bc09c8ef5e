internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// What a client says when a visitor did something.
struct TrackVisit: Decodable, Sendable {
    /// What happened: `page_viewed`, `search.opened`.
    let name: VisitName
    /// When; now where it is absent.
    let occurredAt: Timestamp?
    /// Numbers, flags and short words that go with it.
    let properties: [String: VisitProperty]?

    enum CodingKeys: String, CodingKey {
        case name
        case occurredAt = "occurred_at"
        case properties
    }
}

/// What was made of it.
struct TrackedVisit: Codable, Sendable {
    let eventID: EventID

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
    }
}

extension TrackVisit {
    /// Records the visit; who is signed in is named by identifier only.
    func record(
        as command: CommandContext, by userID: UserID?, in context: ServiceContext
    ) async throws -> Committed<TrackedVisit> {
        let now = context.clock.now()
        let id = context.ids.next(EventTag.self)
        let visit = VisitTracked(
            eventID: id, name: name, userID: userID, occurredAt: occurredAt ?? now,
            properties: properties ?? [:])
        do {
            return try await context.store.commit(command) { unit in
                try await unit.decide(Visit.self, id, .track(visit, now: now))
                return TrackedVisit(eventID: id)
            }
        } catch let refusal as Visit.Refusal {
            throw refusal.problem
        }
    }
}

extension Visit.Refusal {
    fileprivate var problem: Problem {
        switch self {
        case .inTheFuture: .bodyFault("/occurred_at", "lies in the future")
        case .tooOld: .bodyFault("/occurred_at", "is more than 30 days ago")
        case .tooManyProperties:
            .bodyFault("/properties", "has more than \(Visit.propertyLimit) members")
        case .wrongPropertyName:
            .bodyFault(
                "/properties",
                "has a name that is not 1 to 64 lower-case letters, digits, _ and ., a letter first"
            )
        }
    }
}
