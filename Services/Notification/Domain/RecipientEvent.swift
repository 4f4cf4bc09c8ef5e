internal import EventTypes

/// Where a person can be written to.
struct ContactNoted: EventPayload {
    static let eventType = EventType("notification.contact_noted")
    let userID: UserID
    /// Under the person's key, for the place where the user service sealed it.
    let address: SealedText

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case address
    }
}

/// A person said on which channels they want to hear of what.
struct PreferencesChanged: EventPayload {
    static let eventType = EventType("notification.preferences_changed")
    let userID: UserID
    /// Those that changed.
    let items: [Preference]
    let changedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case items
        case changedAt = "changed_at"
    }
}

/// The person is erased: nothing is sent to them any more.
struct RecipientErased: EventPayload {
    static let eventType = EventType("notification.recipient_erased")
    let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }
}

enum RecipientEvent: DomainEvent {
    case contactNoted(ContactNoted)
    case preferencesChanged(PreferencesChanged)
    case erased(RecipientErased)

    static let forms: [EventForm<Self>] = [
        .form(Self.contactNoted), .form(Self.preferencesChanged), .form(Self.erased),
    ]

    var payload: any EventPayload {
        switch self {
        case .contactNoted(let fact): fact
        case .preferencesChanged(let fact): fact
        case .erased(let fact): fact
        }
    }
}
