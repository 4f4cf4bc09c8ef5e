public import EventTypes

/// A Kafka broker inside this process: librdkafka's mock cluster, which speaks the protocol to any
/// client on this machine.
public final class EmbeddedBroker: Sendable {
    /// The partitions of a topic when nobody says otherwise.
    public static let defaultPartitions = 16

    /// Listens on 127.0.0.1 at once, at `port` when given.
    public init(
        port: Int? = nil, partitions: Int = EmbeddedBroker.defaultPartitions, brokers: Int = 1,
        topics: [String] = Topic.allCases.map(\.rawValue)
    ) throws(BusError) {
        preconditionFailure("the embedded broker is on its way")
    }

    /// What clients connect to: `127.0.0.1:port`.
    public let bootstrapServers: String

    /// Makes a topic with so many partitions, unless it exists.
    public func createTopic(_ name: String, partitions: Int = EmbeddedBroker.defaultPartitions) {}

    /// Stops listening; all records are gone.
    public func stop() async {}
}
