public import Runtime

/// A service that another one calls, and where it is by default.
public struct NeighbourKey: Sendable {
    /// The most replicas of one service.
    public static let replicaLimit = 32

    public let name: String
    /// `SOUK_<NAME>_URL`: where it is, without a path; several replicas between commas.
    public let url: ConfigurationKey<String>

    public init(_ name: String, _ defaultURL: String) {
        self.name = name
        let key = "SOUK_\(name.uppercased())_URL"
        let single = ConfigurationKey<String>.url(key, help: "")
        url = ConfigurationKey(
            key, default: defaultURL,
            help: "Where the service \(name) is; several replicas between commas."
        ) { text in
            let parts = Self.addresses(in: text)
            guard (1...Self.replicaLimit).contains(parts.count), Set(parts).count == parts.count
            else { throw Expectation("one URL for each replica, at most \(Self.replicaLimit)") }
            return try parts.map { try single.value(of: $0) }.joined(separator: ",")
        }
    }

    /// The replicas that the value of `url` names.
    public static func addresses(in text: String) -> [String] {
        text.split(separator: ",").map { part in
            var part = part.drop { $0 == " " }
            while part.last == " " || part.last == "/" { part.removeLast() }
            return String(part)
        }
    }
}
