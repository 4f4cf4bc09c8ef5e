internal import EventTypes

/// One thing that one person is told of. Its identifier follows from its cause, its recipient and
/// its type, so that it can be raised once only.
enum Notification: Decider {
    struct State: Sendable, Equatable {
        var raised: MessageRaised?
        var readAt: Timestamp?
        var isRemoved = false
    }

    enum Command: Sendable {
        /// A repeat does nothing.
        case raise(MessageRaised)
        case read(by: UserID, at: Timestamp)
        case remove(by: UserID, at: Timestamp)
    }

    enum Refusal: Error, Hashable {
        /// There is none, it is somebody else's, or it was removed.
        case notFound
    }

    static let category = "notification"
    static let initial = State()

    static func decide(
        _ command: Command, _ state: State
    ) throws(Refusal) -> [NotificationEvent] {
        switch command {
        case .raise(let message):
            return state.raised == nil ? [.raised(message)] : []
        case .read(let user, let time):
            let message = try owned(by: user, state)
            guard !state.isRemoved else { throw .notFound }
            if state.readAt != nil { return [] }
            return [
                .read(
                    MessageRead(
                        notificationID: message.notificationID, userID: user, readAt: time))
            ]
        case .remove(let user, let time):
            let message = try owned(by: user, state)
            if state.isRemoved { return [] }
            return [
                .removed(
                    MessageRemoved(
                        notificationID: message.notificationID, userID: user, removedAt: time))
            ]
        }
    }

    private static func owned(by user: UserID, _ state: State) throws(Refusal) -> MessageRaised {
        guard let message = state.raised, message.userID == user else { throw .notFound }
        return message
    }

    static func evolve(_ state: inout State, _ event: NotificationEvent) {
        switch event {
        case .raised(let fact): state.raised = fact
        case .read(let fact): state.readAt = fact.readAt
        case .removed: state.isRemoved = true
        }
    }
}
