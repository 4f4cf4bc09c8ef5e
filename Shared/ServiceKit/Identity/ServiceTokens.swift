public import Crypto
internal import EventTypes
public import Runtime
internal import Synchronization

/// Signs a service's calls to others: `{iss: "service:<name>", aud: "<callee>"}`, a minute each.
public final class ServiceTokens: Sendable {
    /// How long a token is valid.
    public static let lifetime: Duration = .seconds(60)
    /// How long it is used: well before it expires at a callee whose clock is ahead.
    static let reuse: Duration = .seconds(20)

    private struct Kept {
        let token: String
        let until: Timestamp
    }

    private let name: String
    private let signer: JWTSigner?
    private let clock: any WallClock
    private let ids: any IdentifierGenerator
    private let kept = Mutex<[String: Kept]>([:])

    /// - Parameters:
    ///   - name: the calling service.
    ///   - key: its own; without one every call is refused here.
    public init(
        name: String, key: SigningKey?, clock: any WallClock, ids: any IdentifierGenerator
    ) {
        self.name = name
        signer = key.map { JWTSigner(key: $0) }
        self.clock = clock
        self.ids = ids
    }

    /// A token for calls to `audience`, the name of another service.
    ///
    /// - Throws: `ServiceTokenError.noKey` where `SOUK_SERVICE_KEY_FILE` is not set.
    public func token(for audience: String) throws -> String {
        let now = clock.now()
        if let kept = kept.withLock({ $0[audience] }), now < kept.until { return kept.token }
        guard let signer else { throw ServiceTokenError.noKey }
        let issuedAt = now.microseconds / 1_000_000
        let token = try signer.sign(
            ServiceClaims(
                issuer: ServiceClaims.issuerPrefix + name, audience: audience, issuedAt: issuedAt,
                expiresAt: issuedAt + Self.lifetime.components.seconds,
                tokenID: ids.next(CommandTag.self).description))
        kept.withLock { $0[audience] = Kept(token: token, until: now + Self.reuse) }
        return token
    }
}

/// Why a call to another service could not be signed.
public enum ServiceTokenError: Error, Sendable, CustomStringConvertible {
    /// This service has no key of its own.
    case noKey

    public var description: String {
        "this service has no signing key: set SOUK_SERVICE_KEY_FILE to an Ed25519 private key (PEM)"
    }
}
