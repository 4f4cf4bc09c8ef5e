internal import EventStore
internal import EventTypes
internal import ServiceKit

/// Notes in our own log who exists and how well they are known, so that limits rest on it alone.
enum CustomerPolicy {
    static func subscription(_ keys: any SubjectKeys) -> Subscription {
        Subscription(
            topics: [.userEvents],
            handles: [
                UserRegistered.eventType.name, UserKYCLevelChanged.eventType.name,
                UserErased.eventType.name,
            ]
        ) { event, unit in
            switch event.type.name {
            case UserRegistered.eventType.name:
                let user = try event.decode(UserRegistered.self).userID
                try await unit.decide(Customer.self, user, .note(user))
            case UserKYCLevelChanged.eventType.name:
                let change = try event.decode(UserKYCLevelChanged.self)
                try await unit.decide(
                    Customer.self, change.userID, .noteLevel(change.userID, change.level))
            case UserErased.eventType.name:
                let user = try event.decode(UserErased.self).userID
                try await unit.decide(Customer.self, user, .close(user))
                keys.forget(user)
            default: break
            }
        }
    }
}
