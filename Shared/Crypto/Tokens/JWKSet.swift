internal import JSON

/// A public key as JSON (RFC 7517). Only Ed25519 keys (RFC 8037) verify anything here; others are
/// kept as far as this type knows their members, and never used.
public struct JWK: Codable, Hashable, Sendable {
    /// `kty`: `OKP` for Ed25519.
    public let keyType: String
    /// `crv`
    public let curve: String?
    /// `x`: the public key in base64url.
    public let x: String?
    /// `kid`
    public let keyID: String?
    /// `alg`: `EdDSA` for Ed25519.
    public let algorithm: String?
    /// `use`: `sig` for keys that verify.
    public let use: String?

    enum CodingKeys: String, CodingKey {
        case keyType = "kty"
        case curve = "crv"
        case x
        case keyID = "kid"
        case algorithm = "alg"
        case use
    }

    init(ed25519 key: [UInt8]) {
        keyType = "OKP"
        curve = "Ed25519"
        x = Base64URL.encode(key)
        keyID = Self.thumbprint(of: Base64URL.encode(key))
        algorithm = "EdDSA"
        use = "sig"
    }

    /// RFC 7638, for Ed25519 keys.
    var thumbprint: String { Self.thumbprint(of: x ?? "") }

    private static func thumbprint(of x: String) -> String {
        let required = #"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#
        return Base64URL.encode(Digest.sha256(Array(required.utf8)))
    }

    /// The 32 bytes of an Ed25519 key that may verify signatures.
    var ed25519: [UInt8]? {
        guard keyType == "OKP", curve == "Ed25519", algorithm ?? "EdDSA" == "EdDSA",
            use ?? "sig" == "sig", let x, let bytes = Base64URL.decode(x),
            bytes.count == Ed25519Handle.keyBytes
        else { return nil }
        return bytes
    }

    /// Whether this key made the signature of the message; false for keys that are not Ed25519.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let bytes = ed25519, let handle = try? Ed25519Handle.publicKey(bytes) else {
            return false
        }
        return handle.isValid(signature, of: message)
    }
}

/// The public keys of an issuer, as it publishes them (RFC 7517 §5).
public struct JWKSet: Codable, Hashable, Sendable {
    public let keys: [JWK]

    public init(keys: [JWK]) { self.keys = keys }
}
