public import EventTypes
internal import Runtime

/// A Kafka broker inside this process: librdkafka's mock cluster, which speaks the protocol to any
/// client on this machine.
///
/// It keeps nothing on disk, drops the oldest records of a partition past 5 MB, waits three seconds
/// for the first members of a group, and does not find records by time.
public final class EmbeddedBroker: Sendable {
    /// The partitions of a topic when nobody says otherwise.
    public static let defaultPartitions = 16

    /// What its consumers should have for `BusConfiguration.fetchWaitMilliseconds`: it does not
    /// wake who waits for news.
    public static let fetchWaitMilliseconds = 10

    /// What clients connect to: `127.0.0.1:port`.
    public let bootstrapServers: String
    private let cluster: MockCluster
    private let door: FixedPorts?
    private let brokers: Int

    /// Listens on 127.0.0.1 at once, at `port` when given, further brokers at the ports after it.
    ///
    /// - Parameter advertisedPort: where clients are told to connect when something stands between
    ///   them and `port`.
    /// - Throws: `BusError` when a port is in use.
    public init(
        port: Int? = nil, advertisedPort: Int? = nil,
        partitions: Int = EmbeddedBroker.defaultPartitions, brokers: Int = 1,
        topics: [String] = Topic.allCases.map(\.rawValue)
    ) throws(BusError) {
        self.brokers = brokers
        cluster = try MockCluster(brokers: brokers)
        for topic in topics {
            cluster.createTopic(topic, partitions: partitions, replicas: brokers)
        }
        var ports = cluster.ports
        if let port {
            // The cluster chooses its ports itself.
            do {
                let fixed = try FixedPorts(from: port, to: cluster.ports, told: advertisedPort)
                ports = fixed.ports
                door = fixed
            } catch {
                cluster.stop()
                throw error
            }
        } else {
            door = nil
        }
        bootstrapServers = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    }

    /// Lends a broker with every topic of the contract; it is stopped whatever comes of `body`.
    public static func with<R>(_ body: (EmbeddedBroker) async throws -> R) async throws -> R {
        let broker = try EmbeddedBroker()
        do {
            let result = try await body(broker)
            await broker.stop()
            return result
        } catch {
            await broker.stop()
            throw error
        }
    }

    /// Makes a topic with so many partitions, unless it exists.
    public func createTopic(_ name: String, partitions: Int = EmbeddedBroker.defaultPartitions) {
        cluster.createTopic(name, partitions: partitions, replicas: brokers)
    }

    /// Stops listening; all records are gone. Safe to call twice.
    public func stop() async {
        await door?.close()
        _ = try? await NamedThread.run("kafka") { [cluster] () throws(BusError) in cluster.stop() }
    }

    deinit {
        let (cluster, door) = (cluster, door)
        door?.closeLater()
        NamedThread.start("kafka") { cluster.stop() }
    }
}
