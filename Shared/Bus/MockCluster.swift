internal import CKafka
internal import Synchronization

/// Owns a mock cluster of librdkafka and the client that it lives in.
final class MockCluster: @unchecked Sendable {
    // Safety of `@unchecked`: the handles never change and the library locks what they share;
    // `isStopped` is behind its lock, and nothing is called once it is set.

    /// Where each of the brokers listens.
    let ports: [UInt16]
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    private let isStopped = Mutex(false)

    init(brokers: Int) throws(BusError) {
        var reason = [CChar](repeating: 0, count: 512)
        let settings = rd_kafka_conf_new()!
        rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &reason, reason.count) else {
            rd_kafka_conf_destroy(settings)
            throw BusError(
                .other, operation: "start embedded broker",
                message: BusConfiguration.text(reason))
        }
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)) else {
            rd_kafka_destroy(client)
            throw BusError(
                .other, operation: "start embedded broker",
                message: "the library's mock cluster does not start")
        }
        self.client = client
        self.cluster = cluster
        ports = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
            .split(separator: ",").compactMap {
                $0.split(separator: ":").last.flatMap { UInt16($0) }
            }
    }

    func createTopic(_ name: String, partitions: Int, replicas: Int) {
        isStopped.withLock { isStopped in
            if isStopped { return }
            _ = rd_kafka_mock_topic_create(cluster, name, Int32(partitions), Int32(replicas))
        }
    }

    /// Ends the cluster; blocks for a moment. Safe to call twice.
    func stop() {
        isStopped.withLock { isStopped in
            if isStopped { return }
            isStopped = true
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
        }
    }
}
