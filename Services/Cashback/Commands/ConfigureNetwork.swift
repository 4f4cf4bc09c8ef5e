internal import Crypto
internal import EventStore
internal import EventTypes
internal import Runtime

/// Lets a network report sales.
struct ConfigureNetwork: Sendable {
    static let secretBytes = 16...200
    /// The field of the secret where none is named.
    static let secretField = "secret"

    let store: any EventStore
    let keys: NetworkKeys

    struct Settings: Sendable {
        let mapping: NetworkMapping
        let secret: String
        let secretField: String?
        let signatureHeader: String?
    }

    func callAsFunction(
        _ network: String, _ settings: Settings, by user: UserID, _ context: CommandContext
    ) async throws -> Committed<NetworkConfigured> {
        if settings.signatureHeader != nil, keys[network] == nil {
            throw NetworkKeyMissing()
        }
        let configured = NetworkConfigured(
            network: network, mapping: settings.mapping,
            secretDigest: Digest.hex(Digest.sha256(Array(settings.secret.utf8))),
            secretField: settings.secretField ?? Self.secretField,
            signatureHeader: settings.signatureHeader, configuredBy: user)
        return try await store.commit(context) { unit in
            try await unit.decide(Network.self, network, .configure(configured))
            return configured
        }
    }
}

/// A network is to sign its postbacks, but its key is not among the settings.
struct NetworkKeyMissing: Error {}
