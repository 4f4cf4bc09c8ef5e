/// What a person may do. Everyone who is registered is a customer.
public enum Role: String, Codable, CaseIterable, Sendable, Hashable {
    case customer, support, finance, admin
}

public struct UserRegistered: PublishedEvent {
    public static let eventType = EventType("user.registered")
    public static let summary = "A person opened an account; the address is not verified yet."
    public let userID: UserID
    public let email: SealedText
    public let registeredAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case email
        case registeredAt = "registered_at"
    }

    public init(userID: UserID, email: SealedText, registeredAt: Timestamp) {
        self.userID = userID
        self.email = email
        self.registeredAt = registeredAt
    }

    public static let example = Self(
        userID: .example(1), email: SealedText(subject: .example(1), box: "q83vEjRWeJA"),
        registeredAt: .example)
}

public struct UserEmailVerified: PublishedEvent {
    public static let eventType = EventType("user.email_verified")
    public static let summary = "A person proved that the e-mail address is theirs."
    public let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }

    public init(userID: UserID) {
        self.userID = userID
    }

    public static let example = Self(
        userID: .example(1))
}

public struct UserSignedIn: PublishedEvent {
    public static let eventType = EventType("user.signed_in")
    public static let summary = "A person opened a session."
    public let userID: UserID
    public let sessionID: SessionID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case sessionID = "session_id"
    }

    public init(userID: UserID, sessionID: SessionID) {
        self.userID = userID
        self.sessionID = sessionID
    }

    public static let example = Self(
        userID: .example(1), sessionID: .example(12))
}

public struct UserKYCLevelChanged: PublishedEvent {
    public static let eventType = EventType("user.kyc_level_changed")
    public static let summary =
        "How well a person is known has changed, and with it what they may withdraw a day."
    public let userID: UserID
    /// 0 unverified, 1 basic, 2 standard, 3 premium.
    public let level: Int

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case level
    }

    public init(userID: UserID, level: Int) {
        self.userID = userID
        self.level = level
    }

    public static let example = Self(
        userID: .example(1), level: 1)
}

public struct UserRolesChanged: PublishedEvent {
    public static let eventType = EventType("user.roles_changed")
    public static let summary = "What a person may do has changed."
    public let userID: UserID
    public let roles: [Role]

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case roles
    }

    public init(userID: UserID, roles: [Role]) {
        self.userID = userID
        self.roles = roles
    }

    public static let example = Self(
        userID: .example(1), roles: [.customer])
}

public struct UserErased: PublishedEvent {
    public static let eventType = EventType("user.erased")
    public static let summary =
        "A person was erased: their key is destroyed, nothing sealed with it can be read again."
    public let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }

    public init(userID: UserID) {
        self.userID = userID
    }

    public static let example = Self(
        userID: .example(1))
}
