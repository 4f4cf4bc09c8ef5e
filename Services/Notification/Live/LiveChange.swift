internal import EventStore
internal import EventTypes

/// What one event of the log means to whoever is connected.
struct LiveChange: Sendable, Equatable {
    enum Effect: Sendable, Equatable {
        case tell(LiveFrame)
        /// The person is erased: their connections end.
        case end
    }

    let position: Int64
    let userID: UserID
    let effect: Effect

    /// - Returns: nil for events that nobody is told of live.
    static func of(_ event: RecordedEvent) throws -> LiveChange? {
        switch event.stream.category {
        case Substring(Notification.category):
            try of(event.decode(NotificationEvent.self), at: event.position)
        case Substring(Recipient.category):
            if case .erased(let fact) = try event.decode(RecipientEvent.self) {
                LiveChange(position: event.position, userID: fact.userID, effect: .end)
            } else {
                nil
            }
        default: nil
        }
    }

    static func of(_ event: NotificationEvent, at position: Int64) -> LiveChange? {
        switch event {
        case .raised(let fact):
            guard fact.channels.live,
                let view = NotificationView(Notification.State(raised: fact))
            else { return nil }
            return LiveChange(
                position: position, userID: fact.userID,
                effect: .tell(.notification(view, at: position)))
        case .read(let fact):
            return LiveChange(
                position: position, userID: fact.userID,
                effect: .tell(.read(fact.notificationID, fact.readAt, at: position)))
        case .removed(let fact):
            return LiveChange(
                position: position, userID: fact.userID,
                effect: .tell(.removed(fact.notificationID, at: position)))
        }
    }
}
