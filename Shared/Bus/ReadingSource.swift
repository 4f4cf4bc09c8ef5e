internal import CKafka
internal import Runtime

/// Fetches the partitions of a reading into one queue, until it is released.
final class ReadingSource: @unchecked Sendable {
    // Safety of `@unchecked`: `level` is touched by whoever takes only, the rest does not change
    // after `init`, and the library locks its queue.
    private let client: KafkaClient
    private let queue: OpaquePointer
    private let topics: [String: OpaquePointer]
    private let partitions: [PartitionKey]
    private var level = QueueLevel()

    init(_ client: KafkaClient, _ starts: [PartitionKey: Int64], pipe: WakePipe) throws(BusError) {
        self.client = client
        queue = rd_kafka_queue_new(client.handle)
        pipe.connect(queue)
        var topics: [String: OpaquePointer] = [:]
        var failure = RD_KAFKA_RESP_ERR_NO_ERROR
        for (key, start) in starts {
            let topic = topics[key.topic] ?? rd_kafka_topic_new(client.handle, key.topic, nil)
            topics[key.topic] = topic
            if rd_kafka_consume_start_queue(topic, key.partition, start, queue) != 0 {
                failure = rd_kafka_last_error()
            }
        }
        self.topics = topics
        partitions = Array(starts.keys)
        guard failure == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BusError(failure, operation: "read")
        }
    }

    /// What is there, at most `limit` of it.
    func take(_ limit: Int) -> [Fetched] {
        client.discardEvents()
        if level.hasHalved(Int(rd_kafka_queue_length(queue))) { refill() }
        return withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: limit
        ) { messages in
            let count = max(
                0, rd_kafka_consume_batch_queue(queue, 0, messages.baseAddress, limit))
            var fetched: [Fetched] = []
            fetched.reserveCapacity(count)
            for message in messages.prefix(count) {
                guard let message else { continue }
                fetched.append(Fetched(message))
                rd_kafka_message_destroy(message)
            }
            return fetched
        }
    }

    /// Has the library fetch more now. Where its queue was full it would look again after a second
    /// (before version 2.2); the threads that fetch are also those that ask, so a question to each
    /// leader wakes them.
    private func refill() {
        NamedThread.start("kafka-refill") { [client, partitions] in
            // The answer is of no use.
            _ = try? ClusterQuestions(client, timeout: Self.refillPatience)
                .offsets(of: partitions, at: Int64(RD_KAFKA_OFFSET_END))
        }
    }

    private static let refillPatience: Duration = .seconds(1)

    deinit {
        let remains = Remains(
            client: client, queue: queue, topics: topics, partitions: partitions)
        NamedThread.start("kafka") { remains.destroy() }
    }

    private struct Remains: @unchecked Sendable {
        // Safety of `@unchecked`: belongs to the thread that destroys it.
        let client: KafkaClient
        let queue: OpaquePointer
        let topics: [String: OpaquePointer]
        let partitions: [PartitionKey]

        func destroy() {
            for key in partitions { _ = rd_kafka_consume_stop(topics[key.topic], key.partition) }
            rd_kafka_queue_destroy(queue)
            for topic in topics.values { rd_kafka_topic_destroy(topic) }
        }
    }
}

/// What a fetch brings.
enum Fetched {
    case record(BusRecord)
    /// The partition's end, for now.
    case end(PartitionKey, Int64)
    case failure(BusError)

    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let content = message.pointee
        let topic = content.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? ""
        self =
            switch content.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR: .record(BusRecord(message, topic: topic))
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                .end(PartitionKey(topic: topic, partition: content.partition), content.offset)
            default:
                .failure(
                    BusError(
                        content.err, operation: "read",
                        message: rd_kafka_message_errstr(message).map { String(cString: $0) }))
            }
    }
}
