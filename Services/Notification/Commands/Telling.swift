internal import EventStore
internal import EventTypes
internal import Runtime

/// Tells people of things: each cause once, on the channels that they want.
struct Telling: Sendable {
    let templates: TemplateLibrary
    let clock: any WallClock

    /// - Parameter cause: the event that it follows from.
    func tell(_ occasion: Occasion, cause: EventID, in unit: UnitOfWork) async throws {
        let recipient = try await unit.load(Recipient.self, occasion.userID)
        if recipient.isErased { return }
        let channels = recipient.channels(for: .notification(occasion.type))
        guard channels.isAny else { return }
        let id = NotificationID.of(occasion.type, to: occasion.userID, cause: cause)
        let notice = try templates.notice(occasion.type, occasion.values)
        let now = clock.now()
        let events = try await unit.decide(
            Notification.self, id,
            .raise(
                MessageRaised(
                    notificationID: id, userID: occasion.userID, type: occasion.type,
                    causeID: cause, title: notice.title, content: notice.content,
                    actionURL: occasion.actionURL, channels: channels, raisedAt: now)))
        if events.isEmpty || !channels.email { return }
        let message = EventID.email(of: id)
        try await unit.decide(
            EmailMessage.self, message,
            .queue(
                EmailQueued(
                    messageID: message, userID: occasion.userID,
                    template: occasion.type.rawValue, notificationID: id, recipient: nil,
                    values: nil, openValues: occasion.values, requestedAt: now)))
    }

    /// Takes on a message that another service asks for.
    func mail(_ request: EmailRequested, in unit: UnitOfWork) async throws {
        if try await unit.load(Recipient.self, request.userID).isErased { return }
        try await unit.decide(
            EmailMessage.self, request.messageID,
            .queue(
                EmailQueued(
                    messageID: request.messageID, userID: request.userID,
                    template: request.template, notificationID: nil, recipient: request.recipient,
                    values: request.values, openValues: nil, requestedAt: clock.now())))
    }
}
