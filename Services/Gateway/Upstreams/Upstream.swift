internal import HTTP
internal import ServiceKit

/// A service behind the gateway, and the paths that are its own.
struct Upstream: Sendable {
    let key: NeighbourKey
    /// The beginnings of its paths, for as long as it has not described them itself; no other
    /// service may describe a path with one of these.
    let prefixes: [[String]]

    var name: String { key.name }

    private init(_ name: String, port: Int, _ prefixes: [String]) {
        key = NeighbourKey(name, "http://127.0.0.1:\(port)")
        self.prefixes = prefixes.map { $0.dropFirst().split(separator: "/").map(String.init) }
    }

    /// All of them; what two describe belongs to the first.
    static let all: [Upstream] = [
        Upstream(
            "user", port: 8101,
            ["/api/v1/auth", "/api/v1/users", "/api/v1/sessions", "/.well-known/jwks.json"]),
        Upstream("wallet", port: 8102, ["/api/v1/wallet", "/webhooks"]),
        Upstream(
            "catalog", port: 8103,
            [
                "/api/v1/merchants", "/api/v1/categories", "/api/v1/products", "/api/v1/offers",
                "/api/v1/coupons", "/api/v1/search",
            ]),
        Upstream(
            "order", port: 8104,
            ["/api/v1/cart", "/api/v1/carts", "/api/v1/checkouts", "/api/v1/orders"]),
        Upstream(
            "cashback", port: 8105,
            ["/api/v1/cashback", "/api/v1/networks", "/go", "/postbacks"]),
        Upstream(
            "notification", port: 8106,
            ["/api/v1/notifications", "/api/v1/messages", "/ws"]),
        Upstream(
            "cms", port: 8108,
            [
                "/api/v1/pages", "/api/v1/posts", "/api/v1/media", "/pages", "/posts", "/media",
                "/preview",
            ]),
        Upstream("analytics", port: 8107, ["/api/v1/analytics"]),
    ]

    /// The service whose own a path is.
    static func owner(of segments: [String]) -> Upstream? {
        all.first { upstream in upstream.prefixes.contains { segments.starts(with: $0) } }
    }

    /// The first segments of paths that are between services, for operators, or the gateway's own.
    private static let hidden: Set<String> = [
        "internal", "metrics", "livez", "readyz", "openapi.json", "docs",
    ]

    /// Whether clients may get to a path at all, as far as its first segment says.
    static func isVisible(_ path: String) -> Bool {
        let slash = UInt8(ascii: "/")
        guard path.utf8.first == slash, path.utf8.count > 1 else { return false }
        // Most begin like this.
        if path.hasPrefix("/api/") { return true }
        let first = path.utf8.dropFirst().prefix { $0 != slash }
        guard let segment = PercentCoding.decode(Substring(first)) else { return false }
        return !hidden.contains(segment.lowercased())
    }

    /// Whether clients may never get there, whatever a service describes.
    static func isHidden(_ segments: [String]) -> Bool {
        guard let first = segments.first else { return true }
        return hidden.contains(first.lowercased())
    }

    /// What stands between the slashes of a path, decoded; nil where the coding is broken.
    static func segments(_ path: String) -> [String]? {
        let slash = UInt8(ascii: "/")
        guard path.utf8.first == slash else { return nil }
        var segments: [String] = []
        let parts = path.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        for part in parts {
            guard let segment = PercentCoding.decode(Substring(part)) else { return nil }
            segments.append(segment)
        }
        return segments == [""] ? [] : segments
    }
}
