public import Bus
internal import Database
internal import EventTypes
internal import Glibc
internal import Runtime
internal import Synchronization

/// Brokers for tests.
public enum TestKafka {
    /// What kind of broker a test runs against.
    public enum Server: String, Sendable, CaseIterable {
        /// The embedded broker, always there; one for each call of `with`.
        case embedded
        /// Apache Kafka, one node for the test process, started by the first that needs it.
        case apache
    }

    /// How clients can reach the Apache node with TLS.
    public struct Secure: Sendable {
        /// With TLS alone.
        public let tls: BusConfiguration
        /// With TLS, a name and a password.
        public let plain: BusConfiguration
    }

    /// The kinds that this machine can run: parameterise suites over them.
    public static var servers: [Server] {
        ApacheKafka.isAvailable ? [.embedded, .apache] : [.embedded]
    }

    /// Whether suites may start clusters of several nodes, which take a machine for themselves:
    /// when `SOUK_TEST_KAFKA_CLUSTER` is set, as `make test-kafka` does.
    public static var testsClusters: Bool {
        ApacheKafka.isAvailable && getenv("SOUK_TEST_KAFKA_CLUSTER") != nil
    }

    /// Whether whole platforms are to run on Apache Kafka instead of the embedded broker: when
    /// `SOUK_TEST_BROKER` is `apache`, as `make test-kafka` has it.
    public static var isPreferred: Bool {
        guard ApacheKafka.isAvailable, let name = getenv("SOUK_TEST_BROKER") else { return false }
        return String(cString: name) == "apache"
    }

    /// Lends a broker. With Apache Kafka it is shared with other tests: use `uniqueTopic`.
    public static func with<R>(
        _ server: Server = .embedded, _ body: (BusConfiguration) async throws -> R
    ) async throws -> R {
        switch server {
        case .embedded:
            return try await EmbeddedBroker.with { broker in
                // Members that went without leaving are noticed soon; but less than the three
                // seconds for which the first member is kept waiting would be too soon.
                try await body(
                    BusConfiguration(
                        bootstrapServers: broker.bootstrapServers,
                        extra: ["session.timeout.ms": "4000", "heartbeat.interval.ms": "200"]))
            }
        case .apache:
            return try await body(try await apache().plaintext)
        }
    }

    /// Lends the TLS listeners of the Apache node.
    public static func withSecure<R>(
        _ body: (Secure) async throws -> R
    ) async throws -> R {
        try await body(try await apache().secure)
    }

    /// A name that no other test has.
    public static func uniqueTopic(_ prefix: String = "topic") -> String {
        "\(prefix)-\(UInt64.random(in: 0...UInt64.max))"
    }

    private static let node = Mutex<ApacheKafka?>(nil)

    private static func apache() async throws -> ApacheKafka {
        let started = try await NamedThread.run("servers") {
            try node.withLock { node in
                if let node { return node }
                let started = try ApacheKafka.start()
                node = started
                return started
            }
        }
        try await waitUntilItAnswers(started)
        return started
    }

    /// How long a virtual machine for Java may take to start where every processor is busy.
    static let startLimit: Duration = .seconds(300)

    private static func waitUntilItAnswers(_ node: ApacheKafka) async throws {
        let deadline = ContinuousClock.now + startLimit
        let loop = EventLoop(name: "servers")
        defer { loop.stop() }
        while true {
            let admin = try BusAdmin(node.plaintext, loop: loop, logger: .silent)
            do {
                _ = try await admin.topics(timeout: .seconds(5))
                return await admin.close()
            } catch {
                await admin.close()
                if ContinuousClock.now > deadline { throw node.silence() }
            }
        }
    }
}
