internal import JSON
internal import Runtime

/// The keys that networks sign their postbacks with, by network: from the settings alone.
struct NetworkKeys: Sendable {
    private let keys: [String: [UInt8]]

    static let empty = NetworkKeys([:])

    init(_ keys: [String: String]) { self.keys = keys.mapValues { Array($0.utf8) } }

    subscript(network: String) -> [UInt8]? { keys[network] }

    /// The setting: `{"sandbox": "…"}`.
    static let setting = ConfigurationKey<NetworkKeys>(
        "SOUK_NETWORK_KEYS", default: .empty,
        help: "The keys of networks that sign their postbacks, as {\"network\": \"key\"}; best as "
            + "SOUK_NETWORK_KEYS_FILE.", isSecret: true, show: { _ in "none" }
    ) { text in
        guard let keys = try? JSON.decode([String: String].self, from: text),
            keys.values.allSatisfy({ $0.utf8.count >= 16 })
        else { throw Expectation("a JSON object with a key of at least 16 bytes for each network") }
        return NetworkKeys(keys)
    }
}
