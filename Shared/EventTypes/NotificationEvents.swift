public struct NotificationRaised: PublishedEvent {
    public static let eventType = EventType("notification.raised")
    public static let summary = "A person is told of something, once for each cause."
    public let notificationID: NotificationID
    public let userID: UserID
    /// What it is about, such as `cashback_credited`.
    public let type: String
    /// The event that caused it.
    public let causeID: EventID
    public let raisedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case userID = "user_id"
        case type
        case causeID = "cause_id"
        case raisedAt = "raised_at"
    }

    public init(
        notificationID: NotificationID, userID: UserID, type: String, causeID: EventID,
        raisedAt: Timestamp
    ) {
        self.notificationID = notificationID
        self.userID = userID
        self.type = type
        self.causeID = causeID
        self.raisedAt = raisedAt
    }

    public static let example = Self(
        notificationID: .example(22), userID: .example(1), type: "cashback_credited",
        causeID: .example(13), raisedAt: .example)
}

public struct NotificationRead: PublishedEvent {
    public static let eventType = EventType("notification.read")
    public static let summary = "A person has seen what they were told."
    public let notificationID: NotificationID
    public let userID: UserID
    public let readAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case userID = "user_id"
        case readAt = "read_at"
    }

    public init(notificationID: NotificationID, userID: UserID, readAt: Timestamp) {
        self.notificationID = notificationID
        self.userID = userID
        self.readAt = readAt
    }

    public static let example = Self(
        notificationID: .example(22), userID: .example(1), readAt: .example)
}

public struct NotificationEmailSent: PublishedEvent {
    public static let eventType = EventType("notification.email_sent")
    public static let summary = "A mail server took a message for a person."
    public let messageID: EventID
    public let userID: UserID
    public let template: String
    public let sentAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template
        case sentAt = "sent_at"
    }

    public init(messageID: EventID, userID: UserID, template: String, sentAt: Timestamp) {
        self.messageID = messageID
        self.userID = userID
        self.template = template
        self.sentAt = sentAt
    }

    public static let example = Self(
        messageID: .example(13), userID: .example(1), template: "email_verification",
        sentAt: .example)
}

public struct NotificationEmailFailed: PublishedEvent {
    public static let eventType = EventType("notification.email_failed")
    public static let summary = "A message to a person was given up, for this reason."
    public let messageID: EventID
    public let userID: UserID
    public let template: String
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template, reason
    }

    public init(messageID: EventID, userID: UserID, template: String, reason: String) {
        self.messageID = messageID
        self.userID = userID
        self.template = template
        self.reason = reason
    }

    public static let example = Self(
        messageID: .example(13), userID: .example(1), template: "email_verification",
        reason: "refused_by_server")
}
