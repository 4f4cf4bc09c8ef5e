internal import Crypto
internal import HTTP
internal import JSON
internal import Runtime

/// The key material of a service's settings, read and checked.
struct ServiceSecrets {
    /// The most bytes of a key set.
    static let keySetLimit = 1 << 16
    /// How long its source may take.
    static let keySetTimeout: Duration = .seconds(2)

    let key: SigningKey?
    let directory: ServiceKeyDirectory
    /// What cursors are signed with: from the service's key, so that replicas agree; made up
    /// otherwise, and then cursors end with the process.
    let cursorSecret: [UInt8]

    /// - Throws: `ConfigurationError` when a setting does not hold the key that it should.
    init(_ configuration: Configuration, _ keys: StandardKeys) throws(ConfigurationError) {
        var faults: [String] = []
        let pem = configuration[keys.serviceKey]
        key = pem.flatMap { pem in
            let key = try? SigningKey(pem: pem)
            if key == nil { faults.append("SOUK_SERVICE_KEY is no Ed25519 private key in PEM.") }
            return key
        }
        directory =
            configuration[keys.serviceDirectory].flatMap { text in
                let directory = try? ServiceKeyDirectory(parsing: Array(text.utf8))
                if directory == nil {
                    faults.append(
                        "SOUK_SERVICE_JWKS is not an object with a key set for each service.")
                }
                return directory
            } ?? ServiceKeyDirectory()
        cursorSecret =
            pem.map { HMAC.sha256(key: Array($0.utf8), message: Array("cursors".utf8)) }
            ?? SystemRandom().bytes(32)
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }

    func trust(
        _ configuration: Configuration, _ keys: StandardKeys, _ context: ServiceContext
    ) -> ServiceApplication.Trust {
        let url = configuration[keys.accessKeysURL]
        let http = context.http
        return ServiceApplication.Trust(
            issuer: configuration[keys.tokenIssuer],
            accessKeys: {
                let response = try await http.send(
                    HTTPClientRequest(.get, url, timeout: Self.keySetTimeout))
                let bytes = try await response.body.collect(upTo: Self.keySetLimit)
                guard response.status == .ok else {
                    throw KeySetError(description: "\(url) answered \(response.status.code)")
                }
                return try JSON.decode(JWKSet.self, from: bytes)
            },
            serviceKeys: directory, cursorSecret: cursorSecret)
    }
}

/// Why the keys of access tokens could not be had.
struct KeySetError: Error, CustomStringConvertible {
    let description: String
}
