internal import CKafka
internal import Glibc
internal import Runtime

/// Questions to brokers that block until they are answered, so they run on threads of their own.
struct ClusterQuestions: Sendable {
    let client: KafkaClient
    /// When to stop waiting.
    let deadline: ContinuousClock.Instant

    init(_ client: KafkaClient, timeout: Duration) {
        self.client = client
        deadline = .now + timeout
    }

    init(_ client: KafkaClient, until deadline: ContinuousClock.Instant) {
        self.client = client
        self.deadline = deadline
    }

    /// What is left of the time, for the library.
    var milliseconds: Int32 {
        Int32(clamping: max(1, ContinuousClock.now.duration(to: deadline).inMilliseconds))
    }

    /// Asks again while the brokers are not ready to answer, as the coordinator of a group that is
    /// just being loaded.
    func untilDeadline<R>(_ ask: () throws(BusError) -> R) throws(BusError) -> R {
        while true {
            do {
                return try ask()
            } catch {
                guard error.isRetriable, ContinuousClock.now < deadline else { throw error }
                usleep(50_000)
            }
        }
    }

    /// The number of partitions of every topic, the broker's own topics left out.
    func topics() throws(BusError) -> [String: Int32] {
        // All topics: to ask for one by name makes it, with some brokers.
        var answer: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(client.handle, 1, nil, &answer, milliseconds)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            throw BusError(error, operation: "list topics")
        }
        defer { rd_kafka_metadata_destroy(answer) }
        var topics: [String: Int32] = [:]
        for index in 0..<Int(answer.pointee.topic_cnt) {
            let topic = answer.pointee.topics[index]
            let name = String(cString: topic.topic)
            if topic.err == RD_KAFKA_RESP_ERR_NO_ERROR, !name.hasPrefix("__") {
                topics[name] = topic.partition_cnt
            }
        }
        return topics
    }

    /// The number of partitions of each of `names`.
    func partitions(of names: [String]) throws(BusError) -> [(topic: String, count: Int32)] {
        let all = try topics()
        var found: [(topic: String, count: Int32)] = []
        for name in names {
            guard let count = all[name] else {
                throw BusError(
                    .unknownTopic, operation: "look up topic",
                    message: "there is no topic \(name)",
                    number: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue)
            }
            found.append((name, count))
        }
        return found
    }

    /// How long a leader is waited for: one that has just died is asked in vain, and by then
    /// another may lead.
    private static let leaderPatience: Int32 = 5_000

    /// The offset of each partition at a time in milliseconds, or at `RD_KAFKA_OFFSET_BEGINNING` or
    /// `RD_KAFKA_OFFSET_END`; -1 for a time after the last record.
    func offsets(
        _ topics: [(topic: String, count: Int32)], at place: Int64
    ) throws(BusError) -> [PartitionKey: Int64] {
        try offsets(of: Self.keys(topics), at: place)
    }

    /// The same for some partitions.
    func offsets(
        of partitions: [PartitionKey], at place: Int64
    ) throws(BusError) -> [PartitionKey: Int64] {
        guard !partitions.isEmpty else { return [:] }
        return try untilDeadline { () throws(BusError) in
            let list = PartitionList()
            for key in partitions { list.add(key, offset: place) }
            let error = rd_kafka_offsets_for_times(
                client.handle, list.pointer, min(milliseconds, Self.leaderPatience))
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                // The library learns by it who leads now.
                _ = try? self.topics()
                throw Self.ofNamedPartition(BusError(error, operation: "look up offsets"))
            }
            return try list.offsets(operation: "look up offsets")
        }
    }

    private static func keys(_ topics: [(topic: String, count: Int32)]) -> [PartitionKey] {
        topics.flatMap { topic, count in
            (0..<count).map { PartitionKey(topic: topic, partition: $0) }
        }
    }

    /// What an error means about a partition that the cluster has just named: when it is unknown to
    /// the library, it is without a leader for the time being.
    static func ofNamedPartition(_ error: BusError) -> BusError {
        guard error.number == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue else { return error }
        return BusError(
            .unreachable, operation: error.operation, message: "a partition has no leader",
            number: error.number)
    }

    /// Where the kept records of every partition begin and end, in order.
    func watermarks(
        _ topics: [(topic: String, count: Int32)]
    ) throws(BusError) -> [(topic: String, marks: Watermarks)] {
        let low = try offsets(topics, at: Int64(RD_KAFKA_OFFSET_BEGINNING))
        let high = try offsets(topics, at: Int64(RD_KAFKA_OFFSET_END))
        return topics.flatMap { topic, count in
            (0..<count).map { partition in
                let key = PartitionKey(topic: topic, partition: partition)
                let low = max(0, low[key] ?? 0)
                return (
                    topic,
                    Watermarks(partition: partition, low: low, high: max(low, high[key] ?? 0))
                )
            }
        }
    }

    /// What the group of the client committed; partitions without it are left out.
    ///
    /// Asked by a client of the group, which does not join it: librdkafka 2.0's request for other
    /// groups' offsets crashes when the coordinator moves.
    func committed(
        _ topics: [(topic: String, count: Int32)]
    ) throws(BusError) -> [PartitionKey: Int64] {
        let list = PartitionList()
        for key in Self.keys(topics) { list.add(key, offset: -1001) }
        let error = rd_kafka_committed(client.handle, list.pointer, milliseconds)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BusError(error, operation: "look up group")
        }
        return try list.offsets(operation: "look up group").filter { $0.value >= 0 }
    }

    /// Whether the broker is a mock cluster of librdkafka, which knows no times.
    func isEmbedded() -> Bool {
        guard let name = rd_kafka_clusterid(client.handle, milliseconds) else { return false }
        defer { rd_kafka_mem_free(client.handle, name) }
        return String(cString: name).hasPrefix("mockCluster")
    }
}

/// A partition of a topic.
struct PartitionKey: Hashable, Sendable {
    let topic: String
    let partition: Int32
}
