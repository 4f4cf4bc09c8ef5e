public struct AnalyticsEventTracked: PublishedEvent {
    public static let eventType = EventType("analytics.event_tracked")
    public static let summary = "A client reported something that a visitor did."
    public let eventID: EventID
    public let name: String
    public let userID: UserID?
    public let occurredAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case name
        case userID = "user_id"
        case occurredAt = "occurred_at"
    }

    public init(eventID: EventID, name: String, userID: UserID? = nil, occurredAt: Timestamp) {
        self.eventID = eventID
        self.name = name
        self.userID = userID
        self.occurredAt = occurredAt
    }

    public static let example = Self(
        eventID: .example(13), name: "page_viewed", userID: .example(1), occurredAt: .example)
}
