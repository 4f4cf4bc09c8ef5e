internal import HTTP
internal import JSON

/// One operation of a service, as far as the gateway acts on it.
final class GatewayRoute: Sendable {
    let upstream: String
    let method: HTTPMethod
    /// `/api/v1/users/{id}`.
    let pattern: String
    let needsToken: Bool
    let kind: RateRules.Kind
    /// The most bytes of a body, where the service says that it takes more or less than usual.
    let bodyLimit: Int?
    /// Whether the connection becomes a WebSocket: it is documented to answer 101.
    let isWebSocket: Bool

    private static let methods: [String: HTTPMethod] = [
        "get": .get, "head": .head, "post": .post, "put": .put, "patch": .patch,
        "delete": .delete, "options": .options,
    ]

    /// Nil when clients may not use the operation: services only, or no method of HTTP.
    init?(_ upstream: String, _ pattern: String, _ name: String, _ operation: JSONValue) {
        guard let method = Self.methods[name], operation.object != nil else { return nil }
        // Where nothing is said, a token is needed.
        let security = operation["security"]?.array ?? [["accessToken": []]]
        let schemes = security.map { $0.object?.names ?? [] }
        guard security.isEmpty || schemes.contains(where: { !$0.contains("serviceToken") }),
            operation["x-souk-access"]?.string != "service"
        else { return nil }
        self.upstream = upstream
        self.method = method
        self.pattern = pattern
        needsToken = !security.isEmpty && !schemes.contains([])
        kind = Self.kind(pattern, method)
        bodyLimit = operation["x-souk-body-limit"]?.integer.map(Int.init)
        isWebSocket =
            method == .get && (pattern == "/ws" || operation["responses"]?["101"] != nil)
    }

    private static func kind(_ pattern: String, _ method: HTTPMethod) -> RateRules.Kind {
        if pattern.hasPrefix("/postbacks/") || pattern.hasPrefix("/webhooks/") {
            return .callback
        }
        return method == .post && pattern.hasPrefix("/api/v1/auth/") ? .signIn : .usual
    }

    /// The pattern with the names of parameters taken out: two routes of the same shape are the
    /// same route.
    var shape: String {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return "\(method) " + parts.map { $0.hasPrefix("{") ? "{}" : $0 }.joined(separator: "/")
    }
}
