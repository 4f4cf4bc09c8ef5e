internal import EventStore
internal import EventTypes

/// What other services get to read of this service's log. Pure.
enum NotificationPublications {
    static func map(_ event: RecordedEvent) throws -> [Publication] {
        try payload(event).map { [Publication(.notificationEvents, event, $0)] } ?? []
    }

    private static func payload(_ event: RecordedEvent) throws -> (any PublishedEvent)? {
        switch String(event.stream.category) {
        case Notification.category: notification(try event.decode(NotificationEvent.self))
        case EmailMessage.category: email(try event.decode(EmailEvent.self))
        default: nil
        }
    }

    private static func notification(_ event: NotificationEvent) -> (any PublishedEvent)? {
        switch event {
        case .raised(let fact):
            NotificationRaised(
                notificationID: fact.notificationID, userID: fact.userID,
                type: fact.type.rawValue, causeID: fact.causeID, raisedAt: fact.raisedAt)
        case .read(let fact):
            NotificationRead(
                notificationID: fact.notificationID, userID: fact.userID, readAt: fact.readAt)
        case .removed: nil
        }
    }

    private static func email(_ event: EmailEvent) -> (any PublishedEvent)? {
        switch event {
        case .queued, .attempted, .postponed, .resumed, .sentAgain: nil
        case .accepted(let fact):
            NotificationEmailSent(
                messageID: fact.messageID, userID: fact.userID, template: fact.template,
                sentAt: fact.acceptedAt)
        case .givenUp(let fact):
            NotificationEmailFailed(
                messageID: fact.messageID, userID: fact.userID, template: fact.template,
                reason: fact.reason)
        case .unsettled(let fact):
            NotificationEmailFailed(
                messageID: fact.messageID, userID: fact.userID, template: fact.template,
                reason: fact.reason)
        }
    }
}
