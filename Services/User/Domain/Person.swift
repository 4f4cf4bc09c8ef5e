internal import EventTypes

/// The rules of one person's account.
enum Person: Decider {
    static let category = "user"
    static let initial = State()

    /// How many wrong entries use a code up (as the field's leaders do: five).
    static let codeAttempts = 5
    static let kycLevels = 0...3

    struct State: Sendable, Equatable {
        /// absent → registered → erased
        enum Phase: Sendable, Equatable { case absent, registered, erased }

        struct PendingCode: Sendable, Equatable {
            let messageID: EventID
            let digest: String
            let expiresAt: Timestamp
            var failures = 0
        }

        var phase = Phase.absent
        var userID: UserID?
        var email: SealedText?
        var emailDigest: String?
        var passwordHash: SealedText?
        /// The number of the event that `passwordHash` stands in, which it is sealed for.
        var passwordVersion: Int64 = 0
        var registeredAt: Timestamp?
        var roles: Set<Role> = []
        var kycLevel = 0
        var isEmailVerified = false
        var pendingCode: PendingCode?
        /// How many events there are.
        var version: Int64 = 0

        /// Whether the person may sign in.
        var isActive: Bool { phase == .registered && isEmailVerified }
    }

    enum Command: Sendable {
        case register(PersonRegistered)
        /// Somebody registers with the address of this account.
        case registerAgain(RegistrationRenewed, VerificationCodeIssued, RegistrationRepeated)
        case issueCode(VerificationCodeIssued)
        /// `matches` is told by the caller, who compares digests in constant time.
        case verifyEmail(matches: Bool, at: Timestamp)
        case changeRoles(Set<Role>, by: UserID?)
        case changeKYCLevel(Int, by: UserID, reason: String)
        case erase(at: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case alreadyRegistered
        case unknown
        case erased
        case alreadyVerified
        case noCode
        case codeExpired
        case codeUsedUp
        case unknownLevel
        case lastRole
        case ownRoles
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [PersonEvent] {
        if case .register(let fact) = command {
            guard state.phase == .absent else { throw .alreadyRegistered }
            return [.registered(fact)]
        }
        switch state.phase {
        case .absent: throw .unknown
        case .erased:
            if case .erase = command { return [] }
            throw .erased
        case .registered: return try decideRegistered(command, state)
        }
    }

    private static func decideRegistered(
        _ command: Command, _ state: State
    ) throws(Refusal) -> [PersonEvent] {
        switch command {
        case .register: throw .alreadyRegistered
        case .registerAgain(let renewal, let code, let notice):
            if state.isEmailVerified { return [.registrationRepeated(notice)] }
            return [.registrationRenewed(renewal), .verificationCodeIssued(code)]
        case .issueCode(let fact):
            guard !state.isEmailVerified else { throw .alreadyVerified }
            return [.verificationCodeIssued(fact)]
        case .verifyEmail(let matches, let time): return try verify(matches, time, state)
        case .changeRoles(let roles, let administrator):
            guard !roles.isEmpty else { throw .lastRole }
            guard administrator == nil || administrator != state.userID else { throw .ownRoles }
            if roles == state.roles { return [] }
            let sorted = roles.sorted { $0.rawValue < $1.rawValue }
            return [.rolesChanged(PersonRolesChanged(roles: sorted, changedBy: administrator))]
        case .changeKYCLevel(let level, let reviewer, let reason):
            guard kycLevels.contains(level) else { throw .unknownLevel }
            if level == state.kycLevel { return [] }
            return [
                .kycLevelChanged(
                    PersonKYCLevelChanged(level: level, changedBy: reviewer, reason: reason))
            ]
        case .erase(let time): return [.erased(PersonErased(erasedAt: time))]
        }
    }

    /// A verified address makes a person known at level 1; a wrong code counts against the code.
    private static func verify(
        _ matches: Bool, _ time: Timestamp, _ state: State
    ) throws(Refusal) -> [PersonEvent] {
        if state.isEmailVerified { throw .alreadyVerified }
        guard let code = state.pendingCode else { throw .noCode }
        guard time < code.expiresAt else { throw .codeExpired }
        guard code.failures < codeAttempts else { throw .codeUsedUp }
        guard matches else {
            return [.verificationAttemptFailed(VerificationAttemptFailed(failedAt: time))]
        }
        let verified = PersonEvent.emailVerified(PersonEmailVerified(verifiedAt: time))
        if state.kycLevel >= 1 { return [verified] }
        return [
            verified,
            .kycLevelChanged(
                PersonKYCLevelChanged(level: 1, changedBy: nil, reason: "email_verified")),
        ]
    }

    static func evolve(_ state: inout State, _ event: PersonEvent) {
        state.version += 1
        switch event {
        case .registered(let fact):
            state.phase = .registered
            state.userID = fact.userID
            state.email = fact.email
            state.emailDigest = fact.emailDigest
            state.passwordHash = fact.passwordHash
            state.passwordVersion = state.version
            state.registeredAt = fact.registeredAt
            state.roles = Set(fact.roles)
        case .registrationRenewed(let fact):
            state.passwordHash = fact.passwordHash
            state.passwordVersion = state.version
        case .registrationRepeated:
            break
        case .verificationCodeIssued(let fact):
            state.pendingCode = State.PendingCode(
                messageID: fact.messageID, digest: fact.codeDigest, expiresAt: fact.expiresAt)
        case .verificationAttemptFailed:
            state.pendingCode?.failures += 1
        case .emailVerified:
            state.isEmailVerified = true
            state.pendingCode = nil
        case .rolesChanged(let fact):
            state.roles = Set(fact.roles)
        case .kycLevelChanged(let fact):
            state.kycLevel = fact.level
        case .erased:
            state.phase = .erased
            state.email = nil
            state.passwordHash = nil
            state.pendingCode = nil
        }
    }
}
