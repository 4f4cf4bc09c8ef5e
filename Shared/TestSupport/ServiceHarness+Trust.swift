public import Crypto
internal import EventTypes
internal import ServiceKit

/// The keys of a test's world: one signer of access tokens and a key for every service.
struct HarnessTrust: Sendable {
    /// The services that a harness can call as.
    static let services = [
        "analytics", "cashback", "catalog", "cms", "control", "gateway", "notification", "order",
        "sandbox", "user", "wallet",
    ]

    let access = SigningKey.generate()
    let keys: [String: SigningKey]

    init(of name: String) {
        var keys: [String: SigningKey] = [:]
        for service in Self.services + [name] { keys[service] = SigningKey.generate() }
        self.keys = keys
    }

    var directory: ServiceKeyDirectory {
        ServiceKeyDirectory(services: keys.mapValues { JWKSet(keys: [$0.publicJWK]) })
    }

    var accessKeys: JWKSet { JWKSet(keys: [access.publicJWK]) }
}

extension ServiceHarness {
    /// How long the access tokens of a harness are valid.
    public static var tokenLifetime: Duration { .seconds(900) }

    /// A token for a caller; nil for `.none`.
    public func token(for caller: HarnessCaller) throws -> String? {
        switch caller {
        case .none: return nil
        case .token(let token): return token
        case .service(let name): return try serviceToken(from: name, to: Service.name)
        case .person(let identity): return try accessToken(identity)
        case .customer(let user):
            return try accessToken(
                Identity(userID: user, roles: [.customer], sessionID: SessionID(user)))
        }
    }

    private func accessToken(_ identity: Identity) throws -> String {
        try sign(
            AccessClaims(
                identity, issuedAt: clock.now(), lifetime: Self.tokenLifetime, tokenID: "test"))
    }

    /// Signs claims with the key that the service trusts for access tokens.
    public func sign(_ claims: some Encodable) throws -> String {
        try JWTSigner(key: trust.access).sign(claims)
    }

    /// A token of one service for another.
    public func serviceToken(from name: String, to audience: String) throws -> String {
        try ServiceTokens(name: name, key: serviceKey(of: name), clock: clock, ids: ids)
            .token(for: audience)
    }

    /// The private key of a service in this test's world.
    public func serviceKey(of name: String) -> SigningKey {
        guard let key = trust.keys[name] else {
            preconditionFailure("\(name) is no service that the harness knows")
        }
        return key
    }
}
