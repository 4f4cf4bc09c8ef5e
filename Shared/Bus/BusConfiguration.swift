/// How to reach the brokers, checked when it is made.
public struct BusConfiguration: Sendable {
    /// The most bytes that a record may have.
    public static let maximumRecordBytes = 1_000_000

    /// `host:port`, several separated by commas. One that answers is enough.
    public let bootstrapServers: String
    /// What brokers call this program in their logs.
    public let clientID: String
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`; plaintext when nil.
    public let securityProtocol: String?
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, …
    public let saslMechanism: String?
    public let saslUsername: String?
    public let saslPassword: String?
    /// A PEM file with the authorities to trust; the system's when nil.
    public let sslCALocation: String?
    /// A PEM file with this client's certificate, for mutual TLS.
    public let sslCertificateLocation: String?
    /// A PEM file with the certificate's private key.
    public let sslKeyLocation: String?
    public let sslKeyPassword: String?
    /// How long brokers hold a consumer's question while there is nothing new, in milliseconds.
    /// Real brokers answer as soon as there is; the embedded one does not, so this is what its
    /// consumers wait for news.
    public let fetchWaitMilliseconds: Int
    /// Any other properties of librdkafka, as its CONFIGURATION.md names them. They win over the
    /// bus's own choices.
    public let extra: [String: String]

    /// Checks that the installed library can do all of it.
    ///
    /// - Throws: `BusError` with code `configuration` and a sentence for the operator, when a
    ///   property is unknown or out of range, or when SCRAM is asked of a librdkafka before 2.6.1,
    ///   whose SCRAM Kafka 4 rejects.
    public init(
        bootstrapServers: String, clientID: String = "souk", securityProtocol: String? = nil,
        saslMechanism: String? = nil, saslUsername: String? = nil, saslPassword: String? = nil,
        sslCALocation: String? = nil, sslCertificateLocation: String? = nil,
        sslKeyLocation: String? = nil, sslKeyPassword: String? = nil,
        fetchWaitMilliseconds: Int = 100, extra: [String: String] = [:]
    ) throws(BusError) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.securityProtocol = securityProtocol
        self.saslMechanism = saslMechanism
        self.saslUsername = saslUsername
        self.saslPassword = saslPassword
        self.sslCALocation = sslCALocation
        self.sslCertificateLocation = sslCertificateLocation
        self.sslKeyLocation = sslKeyLocation
        self.sslKeyPassword = sslKeyPassword
        self.fetchWaitMilliseconds = fetchWaitMilliseconds
        self.extra = extra
        try check()
    }
}
