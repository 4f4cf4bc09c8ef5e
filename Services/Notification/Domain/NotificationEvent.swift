internal import EventTypes

/// A person is told of something.
struct MessageRaised: EventPayload {
    static let eventType = EventType("notification.message_raised")
    let notificationID: NotificationID
    let userID: UserID
    let type: NotificationType
    /// The event that caused it.
    let causeID: EventID
    /// One line without personal data.
    let title: String
    /// A few sentences without personal data.
    let content: String
    /// Where more is to be seen: a path of the platform's API.
    let actionURL: String?
    /// What the person wanted when it was raised.
    let channels: Channels
    let raisedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case userID = "user_id"
        case type
        case causeID = "cause_id"
        case title, content
        case actionURL = "action_url"
        case channels
        case raisedAt = "raised_at"
    }
}

/// The person has seen it.
struct MessageRead: EventPayload {
    static let eventType = EventType("notification.message_read")
    let notificationID: NotificationID
    let userID: UserID
    let readAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case userID = "user_id"
        case readAt = "read_at"
    }
}

/// The person does not want to see it any more.
struct MessageRemoved: EventPayload {
    static let eventType = EventType("notification.message_removed")
    let notificationID: NotificationID
    let userID: UserID
    let removedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case userID = "user_id"
        case removedAt = "removed_at"
    }
}

enum NotificationEvent: DomainEvent {
    case raised(MessageRaised)
    case read(MessageRead)
    case removed(MessageRemoved)

    static let forms: [EventForm<Self>] = [
        .form(Self.raised), .form(Self.read), .form(Self.removed),
    ]

    var payload: any EventPayload {
        switch self {
        case .raised(let fact): fact
        case .read(let fact): fact
        case .removed(let fact): fact
        }
    }
}
