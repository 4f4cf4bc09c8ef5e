internal import Crypto
internal import JSON
internal import ServiceKit

/// The secrets of a platform: files that only their owner reads, each made once and then kept.
struct Secrets: Sendable {
    let directory: String

    init(_ settings: PlatformSettings) { directory = settings.secrets }

    // MARK: Places

    /// Seals the keys of people and the keys that sign access tokens, in the user service.
    var masterKey: String { directory + "/master-key" }
    /// Signs click identifiers.
    var clickKey: String { directory + "/click-key" }
    /// Proves wallet to the payment provider.
    var providerKey: String { directory + "/provider-key" }
    /// Proves the payment provider to wallet.
    var webhookSecret: String { directory + "/provider-webhook-secret" }
    /// What affiliate networks sign their postbacks with: a JSON object by network.
    var networkKeys: String { directory + "/network-keys.json" }
    /// Signs the links to pages that are not published yet.
    var previewKey: String { directory + "/preview-key" }
    var adminPassword: String { directory + "/admin-password" }
    /// What the network of the demonstration proves itself with.
    var demoNetworkSecret: String { directory + "/demo-network-secret" }
    /// The partner's key that lifts the gateway's limit for the demonstration.
    var demoPartnerKey: String { directory + "/demo-partner-key" }
    /// The digests of partners' keys, for the gateway.
    var partnerKeys: String { directory + "/partner-keys.json" }
    /// The public keys of all services: who may speak for whom.
    var serviceDirectory: String { directory + "/service-jwks.json" }

    func serviceKey(_ name: String) -> String { "\(directory)/service-\(name).pem" }
    func databasePassword(_ name: String) -> String { "\(directory)/database-\(name)" }
    /// The URL with the password in it; written anew by each `up`, since ports may move.
    func databaseURL(_ name: String) -> String { "\(directory)/database-\(name).url" }

    /// The network that `souk demo` plays.
    static let demoNetwork = "sandbox"

    // MARK: Making

    /// Makes what is missing.
    func make() throws {
        try PlatformFiles.makeDirectory(directory)
        let plain = [
            masterKey, clickKey, providerKey, webhookSecret, adminPassword, demoNetworkSecret,
            demoPartnerKey, previewKey,
        ]
        let passwords = PlatformProgram.withLog.map { databasePassword($0.name) }
        for path in plain + passwords where !PlatformFiles.exists(path) {
            try PlatformFiles.write(RandomToken.make() + "\n", to: path)
        }
        if !PlatformFiles.exists(networkKeys) {
            let keys: JSONValue = .object([Self.demoNetwork: .string(RandomToken.make())])
            try PlatformFiles.write(try JSON.text(keys) + "\n", to: networkKeys)
        }
        let digest = Digest.hex(Digest.sha256(Array(try read(demoPartnerKey).utf8)))
        let partners: JSONValue = [
            "souk-demo": ["sha256": .string(digest), "per_minute": 1_000_000]
        ]
        try PlatformFiles.write(try JSON.text(partners) + "\n", to: partnerKeys)
        try makeServiceKeys()
    }

    private func makeServiceKeys() throws {
        var directory = ServiceKeyDirectory()
        for name in PlatformProgram.signers {
            let path = serviceKey(name)
            if !PlatformFiles.exists(path) {
                try PlatformFiles.write(try SigningKey.generate().privatePEM(), to: path)
            }
            let key = try SigningKey(pem: try read(path))
            directory.services[name] = JWKSet(keys: [key.publicJWK])
        }
        try PlatformFiles.write(try directory.text() + "\n", to: serviceDirectory)
    }

    /// Writes where a service finds its database.
    func writeDatabaseURL(of name: String, at place: DatabasePlace) throws {
        let password = try read(databasePassword(name))
        try PlatformFiles.write(
            "postgresql://\(DatabaseSetup.role(name)):\(password)@\(place)\n",
            to: databaseURL(name))
    }

    /// A secret's text without its line break.
    func read(_ path: String) throws(Complaint) -> String {
        guard let text = PlatformFiles.read(path), !text.isEmpty else {
            throw Complaint(
                "\(path) cannot be read: start the platform once with souk up.",
                status: ExitStatus.unavailable)
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
