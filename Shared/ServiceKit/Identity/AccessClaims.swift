public import EventTypes

/// What an access token says (JWT, RFC 7519), in the form that the user service signs.
public struct AccessClaims: Codable, Sendable, Hashable {
    /// The audience of all access tokens.
    public static let audience = "souk"
    /// Who signs them, unless `SOUK_TOKEN_ISSUER` says otherwise.
    public static let defaultIssuer = "souk"

    public let issuer: String
    public let audience: String
    public let userID: UserID
    public let sessionID: SessionID
    public let roles: [Role]
    public let emailVerified: Bool
    /// Seconds since 1970.
    public let issuedAt: Int64
    /// Seconds since 1970.
    public let expiresAt: Int64
    /// The token's own identifier.
    public let tokenID: String

    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case audience = "aud"
        case userID = "sub"
        case sessionID = "sid"
        case roles
        case emailVerified = "ev"
        case issuedAt = "iat"
        case expiresAt = "exp"
        case tokenID = "jti"
    }

    /// - Parameter lifetime: rounded down to seconds.
    public init(
        _ identity: Identity, issuer: String = AccessClaims.defaultIssuer, issuedAt: Timestamp,
        lifetime: Duration, tokenID: String
    ) {
        self.issuer = issuer
        audience = Self.audience
        userID = identity.userID
        sessionID = identity.sessionID
        roles = identity.roles.sorted { $0.rawValue < $1.rawValue }
        emailVerified = identity.emailVerified
        self.issuedAt = issuedAt.microseconds / 1_000_000
        expiresAt = (issuedAt + lifetime).microseconds / 1_000_000
        self.tokenID = tokenID
    }

    var identity: Identity {
        Identity(
            userID: userID, roles: Set(roles), sessionID: sessionID, emailVerified: emailVerified)
    }
}

/// What a token between services says: who calls whom, for a minute.
struct ServiceClaims: Codable, Sendable {
    static let issuerPrefix = "service:"

    let issuer: String
    let audience: String
    let issuedAt: Int64
    let expiresAt: Int64
    let tokenID: String

    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case audience = "aud"
        case issuedAt = "iat"
        case expiresAt = "exp"
        case tokenID = "jti"
    }
}
