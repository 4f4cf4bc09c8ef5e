public import Runtime

/// A service that another one calls, and where it is by default.
public struct NeighbourKey: Sendable {
    public let name: String
    /// `SOUK_<NAME>_URL`: where it is, without a path.
    public let url: ConfigurationKey<String>

    public init(_ name: String, _ defaultURL: String) {
        self.name = name
        url = .url(
            "SOUK_\(name.uppercased())_URL", default: defaultURL,
            help: "Where the service \(name) is.")
    }
}
