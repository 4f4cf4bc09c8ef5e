internal import EventTypes

/// An address with a password.
struct CredentialsBody: Codable, Sendable {
    let email: String
    let password: String
}

struct EmailBody: Codable, Sendable {
    let email: String
}

struct VerifyBody: Codable, Sendable {
    let email: String
    let code: String
}

struct RefreshTokenBody: Codable, Sendable {
    let refreshToken: String

    enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
}

/// How far the verification of an address is.
struct VerificationView: Codable, Sendable {
    enum Status: String, Codable, Sendable, CaseIterable {
        case verificationRequired = "verification_required"
        case verified
    }

    let status: Status
}

/// What a client signs in with from then on (RFC 6749 §5.1).
struct TokensView: Codable, Sendable {
    let accessToken: String
    let refreshToken: String
    let tokenType: String
    let expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
    }

    init(_ tokens: SignIn.Tokens) {
        accessToken = tokens.access
        refreshToken = tokens.refresh
        tokenType = "Bearer"
        expiresIn = Int(tokens.lifetime.components.seconds)
    }
}
