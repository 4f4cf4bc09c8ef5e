public import Bus
public import Runtime

/// The settings that say how to reach Kafka.
public enum BusKeys {
    /// Where Kafka is.
    public static let bootstrapServers = ConfigurationKey<String>.string(
        "KAFKA_BOOTSTRAP_SERVERS", default: "127.0.0.1:8192",
        help: "The Kafka brokers to start from, as host:port,host:port.")
    static let securityProtocol = ConfigurationKey<String>.string(
        "KAFKA_SECURITY_PROTOCOL",
        help: "plaintext, ssl, sasl_plaintext or sasl_ssl; plaintext when not set."
    ).optional()
    static let saslMechanism = ConfigurationKey<String>.string(
        "KAFKA_SASL_MECHANISM", help: "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    ).optional()
    static let saslUsername = ConfigurationKey<String>.string(
        "KAFKA_SASL_USERNAME", help: "The user at the brokers."
    ).optional()
    static let saslPassword = ConfigurationKey<String>.string(
        "KAFKA_SASL_PASSWORD",
        help: "The password at the brokers; best as KAFKA_SASL_PASSWORD_FILE.",
        isSecret: true
    ).optional()
    static let authorities = ConfigurationKey<String>.string(
        "KAFKA_SSL_CA_LOCATION",
        help: "A PEM file with the authorities that brokers are trusted by."
    ).optional()
    static let certificate = ConfigurationKey<String>.string(
        "KAFKA_SSL_CERTIFICATE_LOCATION", help: "A PEM file with this client's certificate."
    ).optional()
    static let privateKey = ConfigurationKey<String>.string(
        "KAFKA_SSL_KEY_LOCATION", help: "A PEM file with the certificate's private key."
    ).optional()
    static let fetchWait = ConfigurationKey<Int>.integer(
        "KAFKA_FETCH_WAIT_MS", in: 1...60_000, default: 100,
        help: "How long brokers hold a question for news, in milliseconds.")

    /// All of them.
    public static let all: [AnyConfigurationKey] = [
        .init(bootstrapServers), .init(securityProtocol), .init(saslMechanism),
        .init(saslUsername), .init(saslPassword), .init(authorities), .init(certificate),
        .init(privateKey), .init(fetchWait),
    ]

    /// The bus as these settings have it.
    ///
    /// - Throws: `BusError` with a sentence when the installed library cannot do that.
    public static func bus(
        _ configuration: Configuration, clientID: String
    ) throws(BusError) -> BusConfiguration {
        try BusConfiguration(
            bootstrapServers: configuration[bootstrapServers], clientID: clientID,
            securityProtocol: configuration[securityProtocol],
            saslMechanism: configuration[saslMechanism], saslUsername: configuration[saslUsername],
            saslPassword: configuration[saslPassword], sslCALocation: configuration[authorities],
            sslCertificateLocation: configuration[certificate],
            sslKeyLocation: configuration[privateKey],
            fetchWaitMilliseconds: configuration[fetchWait])
    }
}
