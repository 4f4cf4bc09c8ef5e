public import Runtime

/// The settings that every service understands beside those of `RuntimeKeys`.
public struct StandardKeys: Sendable {
    /// The address to listen on.
    public let httpHost = ConfigurationKey<String>.string(
        "SOUK_HTTP_HOST", default: "127.0.0.1", help: "The IP address to listen on.")
    /// The port to listen on.
    public let httpPort: ConfigurationKey<Int>
    /// Where PostgreSQL is.
    public let databaseURL = ConfigurationKey<String>.string(
        "DATABASE_URL", default: "postgresql://127.0.0.1:8154/souk",
        help: "The PostgreSQL database that holds this service's schema; by default "
            + "postgresql://127.0.0.1:8154/souk.", isSecret: true)
    /// The service's schema in it.
    public let databaseSchema: ConfigurationKey<String>
    /// How many connections at most.
    public let databaseConnections = ConfigurationKey<Int>.integer(
        "SOUK_DATABASE_CONNECTIONS", in: 2...100, default: 8,
        help: "The most connections to the database.")
    /// Whether `serve` migrates first.
    public let migrates = ConfigurationKey<Bool>.flag(
        "SOUK_MIGRATE", default: true,
        help: "Whether serve brings the schema up to date first; otherwise run migrate.")
    /// Where the public keys of access tokens are.
    public let accessKeysURL = ConfigurationKey<String>.url(
        "SOUK_JWKS_URL", default: "http://127.0.0.1:8101/.well-known/jwks.json",
        help: "Where the public keys of access tokens are (a JSON Web Key Set).")
    /// Who signs access tokens.
    public let tokenIssuer = ConfigurationKey<String>.string(
        "SOUK_TOKEN_ISSUER", default: AccessClaims.defaultIssuer,
        help: "The issuer that access tokens must name.")
    /// The service's own signing key.
    public let serviceKey = ConfigurationKey<String>.string(
        "SOUK_SERVICE_KEY",
        help: "This service's Ed25519 private key (PEM), which signs its calls to other services; "
            + "best as SOUK_SERVICE_KEY_FILE.", isSecret: true
    ).optional()
    /// The public keys of all services.
    public let serviceDirectory = ConfigurationKey<String>.string(
        "SOUK_SERVICE_JWKS",
        help: "The public keys of all services, as {\"name\": {\"keys\": […]}}; without them no "
            + "other service is let in. Best as SOUK_SERVICE_JWKS_FILE."
    ).optional()
    /// Where clients reach the platform.
    public let publicURL = ConfigurationKey<String>.url(
        "SOUK_PUBLIC_URL", default: "http://127.0.0.1:8080",
        help: "Where clients reach the platform: the gateway.")
    /// Whether every request is logged.
    public let logsRequests = ConfigurationKey<Bool>.flag(
        "SOUK_LOG_REQUESTS", default: true, help: "Whether a line is logged for every request.")
    /// How long `serve` goes on after `readyz` says 503.
    public let drainDelay = ConfigurationKey<Duration>.duration(
        "SOUK_DRAIN_DELAY", in: .zero...(.seconds(60)), default: .zero,
        help: "How long to go on serving after /readyz turned to 503; the load balancer's time to "
            + "notice. It counts towards SOUK_SHUTDOWN_DEADLINE.")
    /// How far a projection may be behind before the service counts as not ready.
    public let lagLimit = ConfigurationKey<Int>.integer(
        "SOUK_READY_LAG", in: 1...1_000_000_000, default: 100_000,
        help: "How many events a projection may be behind while /readyz says 200.")

    /// The keys of a service.
    public init(name: String, port: Int) {
        httpPort = .port(
            "SOUK_HTTP_PORT", default: port, help: "The port to listen on; 0 for any free one.")
        databaseSchema = .string(
            "SOUK_DATABASE_SCHEMA", default: name,
            help: "The schema in the database that is this service's own.")
    }

    /// All of them, in the order of the help.
    public var all: [AnyConfigurationKey] {
        [
            .init(httpHost), .init(httpPort), .init(databaseURL), .init(databaseSchema),

            .init(databaseConnections), .init(migrates),
            .init(accessKeysURL), .init(tokenIssuer), .init(serviceKey), .init(serviceDirectory),
            .init(publicURL), .init(logsRequests), .init(drainDelay), .init(lagLimit),
        ] + BusKeys.all
    }
}
