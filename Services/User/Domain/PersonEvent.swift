internal import EventTypes

/// What happened to one person's account, stream `user-<id>`.
enum PersonEvent: DomainEvent {
    case registered(PersonRegistered)
    case registrationRenewed(RegistrationRenewed)
    case registrationRepeated(RegistrationRepeated)
    case verificationCodeIssued(VerificationCodeIssued)
    case verificationAttemptFailed(VerificationAttemptFailed)
    case emailVerified(PersonEmailVerified)
    case rolesChanged(PersonRolesChanged)
    case kycLevelChanged(PersonKYCLevelChanged)
    case erased(PersonErased)

    static let forms: [EventForm<Self>] = [
        .form(Self.registered), .form(Self.registrationRenewed), .form(Self.registrationRepeated),
        .form(Self.verificationCodeIssued), .form(Self.verificationAttemptFailed),
        .form(Self.emailVerified), .form(Self.rolesChanged), .form(Self.kycLevelChanged),
        .form(Self.erased),
    ]

    var payload: any EventPayload {
        switch self {
        case .registered(let fact): fact
        case .registrationRenewed(let fact): fact
        case .registrationRepeated(let fact): fact
        case .verificationCodeIssued(let fact): fact
        case .verificationAttemptFailed(let fact): fact
        case .emailVerified(let fact): fact
        case .rolesChanged(let fact): fact
        case .kycLevelChanged(let fact): fact
        case .erased(let fact): fact
        }
    }
}

/// The account exists. The address and the password's hash are sealed with the person's own key.
struct PersonRegistered: EventPayload {
    static let eventType = EventType("user.account_registered")
    let userID: UserID
    let email: SealedText
    /// A keyed hash of the address, so that the same address is found without being readable.
    let emailDigest: String
    let passwordHash: SealedText
    let roles: [Role]
    let registeredAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case email
        case emailDigest = "email_digest"
        case passwordHash = "password_hash"
        case roles
        case registeredAt = "registered_at"
    }
}

/// Somebody registered the address once more before it was verified: their password counts now, so
/// that nobody can lie in wait in an account that its owner opens later.
struct RegistrationRenewed: EventPayload {
    static let eventType = EventType("user.registration_renewed")
    let passwordHash: SealedText

    enum CodingKeys: String, CodingKey { case passwordHash = "password_hash" }
}

/// Somebody registered an address that is verified already; a message tells its owner.
struct RegistrationRepeated: EventPayload {
    static let eventType = EventType("user.registration_repeated")
    /// The identifier of the message.
    let messageID: EventID
    /// What the message needs, sealed for the queue.
    let recipient: SealedText
    let values: SealedText

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case recipient, values
    }
}

/// A code was made and is on its way to the person; only its keyed hash is kept.
struct VerificationCodeIssued: EventPayload {
    static let eventType = EventType("user.verification_code_issued")
    /// The identifier of the message that carries it.
    let messageID: EventID
    let codeDigest: String
    let expiresAt: Timestamp
    /// What the message needs, sealed for the queue.
    let recipient: SealedText
    let values: SealedText

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case codeDigest = "code_digest"
        case expiresAt = "expires_at"
        case recipient, values
    }
}

/// Somebody entered a code that was not the one.
struct VerificationAttemptFailed: EventPayload {
    static let eventType = EventType("user.verification_attempt_failed")
    let failedAt: Timestamp

    enum CodingKeys: String, CodingKey { case failedAt = "failed_at" }
}

struct PersonEmailVerified: EventPayload {
    static let eventType = EventType("user.address_verified")
    let verifiedAt: Timestamp

    enum CodingKeys: String, CodingKey { case verifiedAt = "verified_at" }
}

struct PersonRolesChanged: EventPayload {
    static let eventType = EventType("user.account_roles_changed")
    let roles: [Role]
    /// The administrator who did it; nil for the first one, whom the environment names.
    let changedBy: UserID?

    enum CodingKeys: String, CodingKey {
        case roles
        case changedBy = "changed_by"
    }
}

struct PersonKYCLevelChanged: EventPayload {
    static let eventType = EventType("user.account_kyc_level_changed")
    let level: Int
    /// Who decided; nil when verifying the address did.
    let changedBy: UserID?
    let reason: String

    enum CodingKeys: String, CodingKey {
        case level
        case changedBy = "changed_by"
        case reason
    }
}

/// The person's key is destroyed; the account is closed for good.
struct PersonErased: EventPayload {
    static let eventType = EventType("user.account_erased")
    let erasedAt: Timestamp

    enum CodingKeys: String, CodingKey { case erasedAt = "erased_at" }
}
