internal import EventStore
internal import EventTypes

/// What others get to read of this service's log.
enum UserPublications {
    /// The templates of the messages that this service asks for.
    static let verificationTemplate = "email_verification"
    static let existingAccountTemplate = "account_exists"

    @Sendable static func map(_ event: RecordedEvent) throws -> [Publication] {
        switch String(event.stream.category) {
        case Person.category:
            guard let userID = UserID(String(event.stream.key)) else { return [] }
            return try person(event, userID)
        case Session.category:
            guard case .opened(let fact) = try event.decode(SessionEvent.self) else { return [] }
            return [
                Publication(
                    .userEvents, event,
                    UserSignedIn(userID: fact.userID, sessionID: fact.sessionID))
            ]
        default: return []
        }
    }

    private static func person(_ event: RecordedEvent, _ userID: UserID) throws -> [Publication] {
        switch try event.decode(PersonEvent.self) {
        case .registered(let fact):
            [
                Publication(
                    .userEvents, event,
                    UserRegistered(
                        userID: userID, email: fact.email, registeredAt: fact.registeredAt))
            ]
        case .verificationCodeIssued(let fact):
            [
                Publication(
                    .emails, event,
                    EmailRequested(
                        messageID: fact.messageID, userID: userID,
                        template: verificationTemplate, recipient: fact.recipient,
                        values: fact.values))
            ]
        case .registrationRepeated(let fact):
            [
                Publication(
                    .emails, event,
                    EmailRequested(
                        messageID: fact.messageID, userID: userID,
                        template: existingAccountTemplate, recipient: fact.recipient,
                        values: fact.values))
            ]
        case .emailVerified:
            [Publication(.userEvents, event, UserEmailVerified(userID: userID))]
        case .rolesChanged(let fact):
            [
                Publication(
                    .userEvents, event, UserRolesChanged(userID: userID, roles: fact.roles))
            ]
        case .kycLevelChanged(let fact):
            [
                Publication(
                    .userEvents, event, UserKYCLevelChanged(userID: userID, level: fact.level))
            ]
        case .erased: [Publication(.userEvents, event, UserErased(userID: userID))]
        case .registrationRenewed, .verificationAttemptFailed: []
        }
    }
}
