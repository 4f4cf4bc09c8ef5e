internal import JSON

/// What stands before the first dot of a token (RFC 7515 §4).
struct JWTHeader: Codable {
    let algorithm: String
    let keyID: String?
    let type: String?
    /// Extensions that a reader must know; we know none.
    let critical: [String]?

    enum CodingKeys: String, CodingKey {
        case algorithm = "alg"
        case keyID = "kid"
        case type = "typ"
        case critical = "crit"
    }

    static let eddsa = "EdDSA"
    static let jwt = "JWT"
}

/// Makes signed tokens: JWTs (RFC 7519) with EdDSA (RFC 8037).
public struct JWTSigner: Sendable {
    private let key: SigningKey
    /// The same for every token of a key.
    private let header: String

    public init(key: SigningKey) {
        self.key = key
        header = Base64URL.encode(
            Array(#"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT"}"#.utf8))
    }

    /// The token with these claims, which should have `iss`, `aud` and `exp`.
    ///
    /// - Throws: `JSONError` for claims that cannot be JSON, `CryptoError` when the library
    ///   refuses.
    public func sign(_ claims: some Encodable) throws -> String {
        let input = "\(header).\(Base64URL.encode(try JSON.encode(claims)))"
        return "\(input).\(Base64URL.encode(try key.signature(of: Array(input.utf8))))"
    }
}
