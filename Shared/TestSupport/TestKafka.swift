public import Bus

/// Brokers for tests.
public enum TestKafka {
    /// What kind of broker a test runs against.
    public enum Server: String, Sendable, CaseIterable {
        /// The embedded broker, always there; one for each call of `with`.
        case embedded
        /// Apache Kafka, one node for the test process, started by the first that needs it.
        case apache
    }

    /// The kinds that this machine can run: parameterise suites over them.
    public static var servers: [Server] { [.embedded] }

    /// Lends a broker. With Apache Kafka it is shared with other tests: use `uniqueTopic`.
    public static func with<R>(
        _ server: Server = .embedded, _ body: (BusConfiguration) async throws -> R
    ) async throws -> R {
        preconditionFailure("the brokers for tests are on their way")
    }
}
