internal import EventTypes
internal import JSON
public import Runtime

/// Checks tokens and gives their claims (RFC 7519, with the advice of RFC 8725): EdDSA only, signed
/// by a known key, from this issuer, for this audience, within its time.
public struct JWTVerifier: Sendable {
    public static let defaultLeeway: Duration = .seconds(30)
    /// Longer tokens are refused unread.
    public static let textLimit = 8_192

    private let keys: [String: Ed25519Handle]
    private let issuer: String
    private let audience: String
    private let clock: any WallClock
    private let leeway: Duration

    /// - Parameters:
    ///   - keys: the issuer's; those that are not for EdDSA or have no `kid` are not used.
    ///   - issuer: what `iss` must be.
    ///   - audience: what `aud` must be or contain.
    ///   - leeway: how far the clocks of issuer and verifier may differ.
    public init(
        keys: JWKSet, issuer: String, audience: String, clock: any WallClock,
        leeway: Duration = defaultLeeway
    ) {
        var handles: [String: Ed25519Handle] = [:]
        for key in keys.keys {
            guard let keyID = key.keyID, let bytes = key.ed25519 else { continue }
            handles[keyID] = try? Ed25519Handle.publicKey(bytes)
        }
        self.keys = handles
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
        self.leeway = leeway
    }

    /// The claims of a token that holds in every respect.
    public func verify<Claims: Decodable>(
        _ token: String, as type: Claims.Type
    ) throws(TokenError) -> Claims {
        let payload = try authenticPayload(token)
        guard let registered = try? JSON.decode(RegisteredClaims.self, from: payload) else {
            throw .malformed
        }
        try check(registered)
        guard let claims = try? JSON.decode(type, from: payload) else { throw .malformed }
        return claims
    }

    /// The claims' bytes, once the signature is known to be of a known key.
    private func authenticPayload(_ token: String) throws(TokenError) -> [UInt8] {
        guard token.utf8.count <= Self.textLimit else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let headerText = Base64URL.decode(parts[0]),
            let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            let header = try? JSON.decode(JWTHeader.self, from: headerText)
        else { throw .malformed }
        guard header.algorithm == JWTHeader.eddsa else { throw .wrongAlgorithm }
        guard header.critical == nil else { throw .malformed }
        guard header.type?.uppercased() == JWTHeader.jwt else { throw .wrongType }
        guard let keyID = header.keyID, let key = keys[keyID] else { throw .unknownKey }
        let input = Array("\(parts[0]).\(parts[1])".utf8)
        guard key.isValid(signature, of: input) else { throw .badSignature }
        return payload
    }

    private func check(_ claims: RegisteredClaims) throws(TokenError) {
        let now = clock.now()
        guard claims.issuer == issuer else { throw .wrongIssuer }
        guard claims.audience.values.contains(audience) else { throw .wrongAudience }
        guard now < claims.expiresAt.time + leeway else { throw .expired }
        for start in [claims.notBefore, claims.issuedAt] {
            if let start, start.time > now + leeway { throw .notYetValid }
        }
    }
}

/// The claims that every token of ours has (RFC 7519 §4.1).
private struct RegisteredClaims: Decodable {
    let issuer: String
    let audience: Audience
    let expiresAt: NumericDate
    let notBefore: NumericDate?
    let issuedAt: NumericDate?

    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case audience = "aud"
        case expiresAt = "exp"
        case notBefore = "nbf"
        case issuedAt = "iat"
    }
}

/// One name or several.
private struct Audience: Decodable {
    let values: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            values = [name]
        } else {
            values = try container.decode([String].self)
        }
    }
}

/// Seconds since 1970, perhaps with a fraction.
private struct NumericDate: Decodable {
    let time: Timestamp

    /// The end of the year 9999.
    private static let limit = 253_402_300_799.0

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds = try container.decode(Double.self)
        guard (0...Self.limit).contains(seconds) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a time between 1970 and 9999")
        }
        time = Timestamp(microseconds: Int64(seconds * 1_000_000))
    }
}
