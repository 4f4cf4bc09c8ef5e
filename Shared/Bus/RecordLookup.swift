internal import CKafka
internal import Runtime

extension BusAdmin {
    /// The first records of some partitions of a topic from offsets of one's own choice on, without
    /// joining any group.
    ///
    /// - Parameters:
    ///   - offsets: by partition; an offset that is not kept any more stands for the oldest kept.
    ///   - limit: the most records of one partition.
    /// - Returns: what came within `timeout`, in the order of each partition.
    public func records(
        _ topic: String, from offsets: [Int32: Int64], limit: Int = 100,
        timeout: Duration = .seconds(2)
    ) async throws(BusError) -> [BusRecord] {
        if offsets.isEmpty { return [] }
        let (configuration, logger) = (configuration, logger)
        return try await NamedThread.run("kafka") { () throws(BusError) in
            let client = try KafkaClient(
                .reader, configuration,
                own: [
                    ("enable.partition.eof", "true"), ("enable.auto.commit", "false"),
                    ("auto.offset.reset", "earliest"), ("fetch.wait.max.ms", "100"),
                ], logger: logger)
            return try RecordLookup(client: client, topic: topic, limit: limit)
                .records(offsets, until: .now + timeout)
        }
    }
}

/// One look into a topic; blocks.
private struct RecordLookup {
    let client: KafkaClient
    let topic: String
    let limit: Int

    func records(
        _ offsets: [Int32: Int64], until deadline: ContinuousClock.Instant
    ) throws(BusError) -> [BusRecord] {
        guard let handle = rd_kafka_topic_new(client.handle, topic, nil),
            let queue = rd_kafka_queue_new(client.handle)
        else { throw BusError(rd_kafka_last_error(), operation: "look up records") }
        defer {
            rd_kafka_queue_destroy(queue)
            rd_kafka_topic_destroy(handle)
        }
        var open: [Int32: Int] = [:]
        for (partition, offset) in offsets
        where rd_kafka_consume_start_queue(handle, partition, offset, queue) == 0 {
            open[partition] = limit
        }
        defer { for partition in offsets.keys { _ = rd_kafka_consume_stop(handle, partition) } }
        var records: [BusRecord] = []
        while !open.isEmpty {
            let left = ContinuousClock.now.duration(to: deadline).inMilliseconds
            guard left > 0, let message = rd_kafka_consume_queue(queue, Int32(clamping: left))
            else { break }
            defer { rd_kafka_message_destroy(message) }
            let partition = message.pointee.partition
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                guard let room = open[partition] else { continue }
                records.append(BusRecord(message, topic: topic))
                open[partition] = room > 1 ? room - 1 : nil
            case RD_KAFKA_RESP_ERR__PARTITION_EOF: open[partition] = nil
            default:
                if records.isEmpty {
                    throw BusError(message.pointee.err, operation: "look up records")
                }
                open[partition] = nil
            }
        }
        return records
    }
}
