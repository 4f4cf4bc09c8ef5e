internal import Crypto
internal import EventTypes

extension NotificationID {
    /// The same for every repeat of the same cause, so that it is told once.
    static func of(_ type: NotificationType, to user: UserID, cause: EventID) -> NotificationID {
        .derived(from: cause, "notification/\(type.rawValue)/\(user)")
    }
}

extension EventID {
    /// The identifier of the e-mail that tells of a notification.
    static func email(of notification: NotificationID) -> EventID {
        .derived(from: notification, "email")
    }
}

/// Where sealed texts that this service opens were sealed.
enum SealPlaces {
    /// The address as the user service publishes it with a registration.
    static func address(of user: UserID) -> SealContext {
        SealContext(stream: StreamID(category: "user", key: user), version: 1, field: "email")
    }

    /// A part of a requested message: `recipient` or `values`.
    static func part(_ field: String, of message: EventID) -> SealContext {
        SealContext(stream: EmailMessage.stream(message), version: 1, field: field)
    }
}
