internal import Database
internal import EventTypes

/// A person's account, as they and staff see it.
struct PersonView: Codable, Sendable {
    let id: UserID
    let email: String
    let emailVerified: Bool
    let roles: [Role]
    let kycLevel: Int
    let registeredAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, email
        case emailVerified = "email_verified"
        case roles
        case kycLevel = "kyc_level"
        case registeredAt = "registered_at"
    }

    /// - Returns: nil for somebody who is not registered, or not any more.
    init?(_ state: Person.State, _ sealing: PersonSealing) throws {
        guard state.phase == .registered, let email = state.email,
            let registeredAt = state.registeredAt
        else { return nil }
        id = sealing.userID
        self.email = try sealing.address(email)
        emailVerified = state.isEmailVerified
        roles = state.roles.sorted { $0.rawValue < $1.rawValue }
        kycLevel = state.kycLevel
        self.registeredAt = registeredAt
    }

    /// A row of the read model.
    init(_ row: Row, _ sealing: PersonSealing) throws {
        id = sealing.userID
        email = try sealing.address(
            SealedText(subject: sealing.userID, box: row.get("email_box")))
        emailVerified = try row.get("email_verified")
        let names: String = try row.get("roles")
        roles = names.split(separator: ",").compactMap { Role(rawValue: String($0)) }
        kycLevel = try row.get("kyc_level")
        registeredAt = try row.get("registered_at")
    }
}

struct RolesBody: Codable, Sendable {
    let roles: [Role]
}

struct KYCLevelBody: Codable, Sendable {
    /// Why a level was given; no free text, which would stay in the log for ever.
    enum Reason: String, Codable, Sendable, CaseIterable {
        case documentsVerified = "documents_verified"
        case documentsRejected = "documents_rejected"
        case riskReview = "risk_review"
        case manualReview = "manual_review"
    }

    let level: Int
    let reason: Reason?
}
