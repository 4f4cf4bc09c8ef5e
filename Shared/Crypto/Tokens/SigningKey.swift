/// A private Ed25519 key (RFC 8032) that signs tokens.
public struct SigningKey: Sendable {
    /// The thumbprint of the public key (RFC 7638): the same key has the same name everywhere.
    public let keyID: String
    /// The public half, as a key set shows it.
    public let publicJWK: JWK

    private let handle: Ed25519Handle

    private init(_ handle: Ed25519Handle) throws(CryptoError) {
        self.handle = handle
        publicJWK = JWK(ed25519: try handle.publicBytes())
        keyID = publicJWK.thumbprint
    }

    /// A new key.
    public static func generate() -> SigningKey {
        do { return try SigningKey(Ed25519Handle.generate()) } catch {
            preconditionFailure("a key that was just made has a public half")
        }
    }

    /// Reads an unencrypted private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519`
    /// writes it.
    ///
    /// - Throws: `CryptoError` when it is no such key.
    public init(pem: String) throws(CryptoError) {
        try self.init(Ed25519Handle.privateKey(pem: pem))
    }

    /// - Parameter seed: the private key of RFC 8032, 32 bytes.
    init(seed: [UInt8]) throws(CryptoError) {
        try self.init(Ed25519Handle.privateKey(seed: seed))
    }

    /// The private key in PEM (PKCS #8), unencrypted: wrap it before it is stored.
    public func privatePEM() throws(CryptoError) -> String { try handle.pem() }

    /// The signature of a message, 64 bytes.
    public func signature(of message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try handle.sign(message)
    }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SigningKey(\(keyID), redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
