internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// What the commands of this service work with.
struct UserTools: Sendable {
    /// The scope in which each address belongs to one account.
    static let emailScope = "email"

    let context: ServiceContext
    let digests: KeyedDigests
    let vault: SubjectKeyVault
    let signingKeys: SigningKeyStore
    let refreshTokens: RefreshTokens
    let throttle: CredentialThrottle
    let timing: EvenTiming
    /// Whose `X-Forwarded-For` is believed.
    let proxies: [AddressRange]
    let hasher: PasswordHasher
    let rules: PasswordRules
    /// Who signs access tokens.
    let issuer: String
    let tokenLifetime: Duration

    var store: any EventStore { context.store }

    /// Whose address it is.
    func owner(of digest: String) async throws -> UserID? {
        try await store.claimant(Self.emailScope, digest).flatMap { UserID(String($0.key)) }
    }

    func sealing(_ userID: UserID, _ key: SubjectKey) -> PersonSealing {
        PersonSealing(userID: userID, key: key, random: context.random)
    }

    /// For opening and sealing what is about one person; nil once they are erased.
    func sealing(of userID: UserID) async throws -> PersonSealing? {
        try await vault.key(of: userID).map { sealing(userID, $0) }
    }
}
