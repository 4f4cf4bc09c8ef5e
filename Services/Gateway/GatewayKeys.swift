internal import Runtime
internal import ServiceKit

/// The gateway's own settings.
enum GatewayKeys {
    static let rateLimit = ConfigurationKey<Int>.integer(
        "SOUK_RATE_LIMIT", in: 1...1_000_000, default: 100,
        help: "How many requests a minute a user, or an address without one, may make.")
    static let signInLimit = ConfigurationKey<Int>.integer(
        "SOUK_RATE_LIMIT_SIGN_IN", in: 1...1_000_000, default: 30,
        help: "How many requests a minute to /api/v1/auth an address may make.")
    static let callbackLimit = ConfigurationKey<Int>.integer(
        "SOUK_RATE_LIMIT_CALLBACKS", in: 1...1_000_000, default: 6_000,
        help: "How many postbacks and webhooks a minute an address may send.")
    static let partnerKeys = ConfigurationKey<PartnerKeys>(
        "SOUK_API_KEYS", default: PartnerKeys.none,
        help: "Partners with a quota of their own by X-API-Key, as {\"name\": {\"sha256\": \"…\", "
            + "\"per_minute\": 600}}; best as SOUK_API_KEYS_FILE.", isSecret: true,
        show: { _ in "" }
    ) { text in
        guard let keys = try? PartnerKeys(parsing: text) else {
            throw Expectation("an object with sha256 and per_minute for each partner")
        }
        return keys
    }
    static let trustedProxies = ConfigurationKey<[AddressRange]>.ranges(
        "SOUK_TRUSTED_PROXIES", default: [],
        help: "The proxies whose X-Forwarded-For is believed, as addresses and CIDR blocks.")
    static let blocked = ConfigurationKey<[AddressRange]>.ranges(
        "SOUK_BLOCKED_ADDRESSES", default: [],
        help: "Addresses and CIDR blocks whose requests are refused.")
    static let operators = ConfigurationKey<[AddressRange]>.ranges(
        "SOUK_OPERATORS", default: ["127.0.0.0/8", "::1"],
        help: "Addresses and CIDR blocks that may read /metrics.")
    static let origins = ConfigurationKey<[String]>.origins(
        "SOUK_CORS_ORIGINS",
        help: "The origins whose pages may use the interfaces, such as https://shop.example; "
            + "* for all.")
    static let bodyLimit = ConfigurationKey<Int>.integer(
        "SOUK_BODY_LIMIT", in: 1_024...(64 << 20), default: 1 << 20,
        help: "The most bytes of a request's body, where its service does not take more.")
    static let uploadLimit = ConfigurationKey<Int>.integer(
        "SOUK_UPLOAD_LIMIT", in: 1_024...(1 << 30), default: 64 << 20,
        help: "The most bytes of a request's body, however much its service takes.")
    static let upstreamTimeout = ConfigurationKey<Duration>.duration(
        "SOUK_UPSTREAM_TIMEOUT", in: .milliseconds(100)...(.seconds(55)), default: .seconds(20),
        help: "How long a service may take to begin its answer.")
    static let breakerOpen = ConfigurationKey<Duration>.duration(
        "SOUK_BREAKER_OPEN", in: .milliseconds(10)...(.seconds(30)), default: .seconds(1),
        help: "How long a replica that fails gets no requests at first; doubled while it fails.")
    static let socketLimit = ConfigurationKey<Int>.integer(
        "SOUK_WEBSOCKETS", in: 0...100_000, default: 10_000,
        help: "How many WebSockets are open at a time.")
    static let socketLimitPerClient = ConfigurationKey<Int>.integer(
        "SOUK_WEBSOCKETS_PER_CLIENT", in: 1...100_000, default: 32,
        help: "How many of them one user may have.")
    static let socketMessageLimit = ConfigurationKey<Int>.integer(
        "SOUK_WEBSOCKET_MESSAGE_LIMIT", in: 125...(16 << 20), default: 65_536,
        help: "The most bytes of a message that a client sends over a WebSocket.")
    static let socketIdle = ConfigurationKey<Duration>.duration(
        "SOUK_WEBSOCKET_IDLE", in: .milliseconds(10)...(.seconds(86_400)), default: .seconds(900),
        help: "How long a WebSocket may carry no message before it is closed.")
    static let socketPing = ConfigurationKey<Duration>.duration(
        "SOUK_WEBSOCKET_PING", in: .milliseconds(10)...(.seconds(600)), default: .seconds(25),
        help: "The silence after which a client is asked whether it is there; after the same time "
            + "again it is taken for gone.")

    static let all: [AnyConfigurationKey] = [
        .init(rateLimit), .init(signInLimit), .init(callbackLimit), .init(partnerKeys),
        .init(trustedProxies), .init(blocked), .init(operators), .init(origins),
        .init(bodyLimit), .init(uploadLimit), .init(upstreamTimeout), .init(breakerOpen),
        .init(socketLimit), .init(socketLimitPerClient), .init(socketMessageLimit),
        .init(socketIdle), .init(socketPing),
    ]
}
