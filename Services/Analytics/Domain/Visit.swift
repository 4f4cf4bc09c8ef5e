internal import EventTypes

/// One thing that a visitor did, as a client reported it.
enum Visit: Decider {
    static let category = "visit"
    static let initial = State()

    /// How far ahead of ours a client's clock may be.
    static let clockTolerance: Duration = .seconds(5 * 60)
    /// How late a report may come: clients that were offline send what they kept.
    static let ageLimit: Duration = .seconds(30 * 86_400)
    static let propertyLimit = 20

    struct State: Sendable {
        var isTracked = false
    }

    enum Command: Sendable {
        case track(VisitTracked, now: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case inTheFuture, tooOld, tooManyProperties
        case wrongPropertyName(String)
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [VisitEvent] {
        guard case .track(let fact, let now) = command, !state.isTracked else { return [] }
        guard fact.occurredAt <= now + clockTolerance else { throw .inTheFuture }
        guard fact.occurredAt >= now - ageLimit else { throw .tooOld }
        guard fact.properties.count <= propertyLimit else { throw .tooManyProperties }
        for name in fact.properties.keys.sorted() where VisitName(name) == nil {
            throw .wrongPropertyName(name)
        }
        return [.tracked(fact)]
    }

    static func evolve(_ state: inout State, _ event: VisitEvent) { state.isTracked = true }
}

struct VisitTracked: EventPayload {
    static let eventType = EventType("analytics.visit_tracked")

    let eventID: EventID
    let name: VisitName
    let userID: UserID?
    let occurredAt: Timestamp
    let properties: [String: VisitProperty]

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case name
        case userID = "user_id"
        case occurredAt = "occurred_at"
        case properties
    }

    /// What others may read of it.
    var published: AnalyticsEventTracked {
        AnalyticsEventTracked(
            eventID: eventID, name: name.description, userID: userID, occurredAt: occurredAt)
    }
}

enum VisitEvent: DomainEvent {
    case tracked(VisitTracked)

    static let forms: [EventForm<Self>] = [.form(Self.tracked)]

    var payload: any EventPayload {
        switch self {
        case .tracked(let fact): fact
        }
    }
}
