internal import EventStore
internal import EventTypes
internal import ServiceKit

/// What other services publish becomes messages to people.
struct NotificationPolicies: Sendable {
    let telling: Telling
    let keys: any SubjectKeys

    var all: [Subscription] { [people, occasions, mail] }

    /// Who there is, and where they can be written to.
    private var people: Subscription {
        Subscription(
            topics: [.userEvents],
            handles: [UserRegistered.eventType.name, UserErased.eventType.name]
        ) { event, unit in
            switch try event.decodeAny() {
            case let fact as UserRegistered:
                try await unit.decide(
                    Recipient.self, fact.userID, .noteContact(fact.userID, fact.email))
            case let fact as UserErased:
                try await unit.decide(Recipient.self, fact.userID, .erase(fact.userID))
                keys.forget(fact.userID)
            default: break
            }
        }
    }

    private var occasions: Subscription {
        Subscription(
            topics: [.userEvents, .orderEvents, .cashbackEvents, .walletEvents],
            handles: Occasion.causes
        ) { event, unit in
            guard let fact = try event.decodeAny(), let occasion = Occasion(fact) else { return }
            try await telling.tell(occasion, cause: event.id, in: unit)
        }
    }

    /// What other services have sent by e-mail.
    private var mail: Subscription {
        Subscription(topics: [.emails], handles: [EmailRequested.eventType.name]) { event, unit in
            try await telling.mail(event.decode(EmailRequested.self), in: unit)
        }
    }
}
