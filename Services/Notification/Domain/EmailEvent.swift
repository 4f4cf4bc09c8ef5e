internal import EventTypes

/// An e-mail is to be sent, once.
struct EmailQueued: EventPayload {
    static let eventType = EventType("notification.email_queued")
    let messageID: EventID
    let userID: UserID
    /// The name of the text to send.
    let template: String
    /// The notification that it tells of; nil for one that another service asked for.
    let notificationID: NotificationID?
    /// The address, sealed for this very place; nil where the recipient's contact is used.
    let recipient: SealedText?
    /// A JSON object of the template's values, sealed for this very place.
    let values: SealedText?
    /// The template's values where nothing is personal about them.
    let openValues: [String: String]?
    let requestedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template
        case notificationID = "notification_id"
        case recipient, values
        case openValues = "open_values"
        case requestedAt = "requested_at"
    }
}

/// From here on the message may leave. Recorded before its first byte does.
struct EmailAttempted: EventPayload {
    static let eventType = EventType("notification.email_attempted")
    /// 1, 2, 3, …
    let number: Int
    /// Whose attempt it is; another one's outcome is not this one's.
    let token: EventID
    let attemptedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case number, token
        case attemptedAt = "attempted_at"
    }
}

/// The mail server took the message.
struct EmailAccepted: EventPayload {
    static let eventType = EventType("notification.email_accepted")
    let messageID: EventID
    let userID: UserID
    let template: String
    let number: Int
    let acceptedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template, number
        case acceptedAt = "accepted_at"
    }
}

/// The message certainly did not leave, and is tried again.
struct EmailDeferred: EventPayload {
    static let eventType = EventType("notification.email_deferred")
    /// The attempt; 0 where there was none yet.
    let number: Int
    let reason: String
    /// What the server answered.
    let replyCode: Int?
    let deferredAt: Timestamp
    let dueAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case number, reason
        case replyCode = "reply_code"
        case deferredAt = "deferred_at"
        case dueAt = "due_at"
    }
}

/// The time to try again has come.
struct EmailResumed: EventPayload {
    static let eventType = EventType("notification.email_resumed")
    let resumedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case resumedAt = "resumed_at"
    }
}

/// The message certainly did not leave, and never will.
struct EmailGivenUp: EventPayload {
    static let eventType = EventType("notification.email_given_up")
    let messageID: EventID
    let userID: UserID
    let template: String
    let number: Int
    let reason: String
    let replyCode: Int?
    let givenUpAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template, number, reason
        case replyCode = "reply_code"
        case givenUpAt = "given_up_at"
    }
}

/// Nobody can say whether the message left, so it is not sent again.
struct EmailUnsettled: EventPayload {
    static let eventType = EventType("notification.email_unsettled")
    let messageID: EventID
    let userID: UserID
    let template: String
    let number: Int
    let reason: String
    let unsettledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template, number, reason
        case unsettledAt = "unsettled_at"
    }
}

/// A person who knows that it may have left lets a message be sent again.
struct EmailSentAgain: EventPayload {
    static let eventType = EventType("notification.email_sent_again")
    let orderedBy: UserID
    /// In their own words.
    let reason: String
    let orderedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderedBy = "ordered_by"
        case reason
        case orderedAt = "ordered_at"
    }
}

enum EmailEvent: DomainEvent {
    case queued(EmailQueued)
    case attempted(EmailAttempted)
    case accepted(EmailAccepted)
    case postponed(EmailDeferred)
    case resumed(EmailResumed)
    case givenUp(EmailGivenUp)
    case unsettled(EmailUnsettled)
    case sentAgain(EmailSentAgain)

    static let forms: [EventForm<Self>] = [
        .form(Self.queued), .form(Self.attempted), .form(Self.accepted), .form(Self.postponed),
        .form(Self.resumed), .form(Self.givenUp), .form(Self.unsettled), .form(Self.sentAgain),
    ]

    var payload: any EventPayload {
        switch self {
        case .queued(let fact): fact
        case .attempted(let fact): fact
        case .accepted(let fact): fact
        case .postponed(let fact): fact
        case .resumed(let fact): fact
        case .givenUp(let fact): fact
        case .unsettled(let fact): fact
        case .sentAgain(let fact): fact
        }
    }
}
