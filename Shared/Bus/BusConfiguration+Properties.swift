internal import CKafka

extension BusConfiguration {
    /// The first version whose SCRAM Kafka 4 accepts: 2.6.1.
    static let firstVersionWithSCRAM: Int32 = 0x02_06_01_ff

    /// How to reach the brokers and what every client does alike, as the library names it.
    var properties: [(String, String)] {
        var properties = [
            ("bootstrap.servers", bootstrapServers),
            ("client.id", clientID),
            // A broker that comes back is found within two seconds.
            ("reconnect.backoff.ms", "50"),
            ("reconnect.backoff.max.ms", "2000"),
            // Topics and partitions that are new are found within five.
            ("topic.metadata.refresh.interval.ms", "5000"),
            ("socket.nagle.disable", "true"),
            ("socket.keepalive.enable", "true"),
            ("log.connection.close", "false"),
            ("statistics.interval.ms", "0"),
        ]
        let given: [(String, String?)] = [
            ("security.protocol", securityProtocol),
            ("sasl.mechanism", saslMechanism),
            ("sasl.username", saslUsername),
            ("sasl.password", saslPassword),
            ("ssl.ca.location", sslCALocation),
            ("ssl.certificate.location", sslCertificateLocation),
            ("ssl.key.location", sslKeyLocation),
            ("ssl.key.password", sslKeyPassword),
        ]
        for (name, value) in given {
            if let value { properties.append((name, value)) }
        }
        return properties
    }

    /// Checks every property without connecting.
    func check() throws(BusError) {
        guard !bootstrapServers.isEmpty else {
            throw Self.refusal("No Kafka broker is named.")
        }
        try checkMechanism()
        let configuration = rd_kafka_conf_new()!
        defer { rd_kafka_conf_destroy(configuration) }
        try Self.set(properties + extra.map { ($0.key, $0.value) }, on: configuration)
    }

    private func checkMechanism() throws(BusError) {
        let mechanisms = [saslMechanism, extra["sasl.mechanism"], extra["sasl.mechanisms"]]
        guard mechanisms.contains(where: { $0?.uppercased().hasPrefix("SCRAM") == true }),
            rd_kafka_version() < Self.firstVersionWithSCRAM
        else { return }
        let version = String(cString: rd_kafka_version_str())
        throw Self.refusal(
            "Kafka 4 rejects SCRAM from the installed librdkafka \(version): use mutual TLS, PLAIN "
                + "over TLS, or librdkafka 2.6.1 or newer.")
    }

    static func set(
        _ properties: [(String, String)], on configuration: OpaquePointer
    ) throws(BusError) {
        var reason = [CChar](repeating: 0, count: 512)
        for (name, value) in properties {
            let result = rd_kafka_conf_set(configuration, name, value, &reason, reason.count)
            if result != RD_KAFKA_CONF_OK {
                throw refusal("The Kafka setting \(name) is refused: \(text(reason)).")
            }
        }
    }

    static func refusal(_ message: String) -> BusError {
        BusError(.configuration, operation: "configure", message: message)
    }

    /// What the library wrote into a buffer of ours.
    static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
