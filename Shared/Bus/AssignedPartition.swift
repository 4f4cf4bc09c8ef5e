internal import CKafka
internal import Runtime

/// A partition that a member of a group has at present. Confined to the member.
final class AssignedPartition {
    let key: PartitionKey
    let token: Int32
    /// A batch whose handler has failed and that is offered again.
    var waiting: PartitionBatch?
    /// Whether its handler is at work or pauses after a failure.
    var isBusy = false
    /// What comes after the last record whose handler returned.
    var handled: Int64?
    /// What was last committed.
    var committed: Int64?
    private let client: KafkaClient
    private let queue: OpaquePointer
    private var timer: LoopTimer?
    private var pause: CheckedContinuation<Void, Never>?

    /// Takes the partition's records out of the common queue. Call it before the partition is
    /// assigned, so that none gets there.
    init(_ key: PartitionKey, token: Int32, client: KafkaClient, pipe: WakePipe) {
        self.key = key
        self.token = token
        self.client = client
        queue = rd_kafka_queue_get_partition(client.handle, key.topic, key.partition)
        rd_kafka_queue_forward(queue, nil)
        pipe.connect(queue, token: token)
    }

    /// The records that are there, at most `limit`; nil when there are none.
    func take(_ limit: Int, report: (BusError) -> Void) -> PartitionBatch? {
        var records: [BusRecord] = []
        withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: limit
        ) { messages in
            repeat {
                let count = rd_kafka_consume_batch_queue(queue, 0, messages.baseAddress, limit)
                if count <= 0 { return }
                records.reserveCapacity(count)
                for message in messages.prefix(count) {
                    guard let message else { continue }
                    if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                        records.append(BusRecord(message, topic: key.topic))
                    } else {
                        report(
                            BusError(
                                message.pointee.err, operation: "fetch",
                                message: rd_kafka_message_errstr(message).map {
                                    String(cString: $0)
                                }))
                    }
                    rd_kafka_message_destroy(message)
                }
            } while records.isEmpty
        }
        if records.isEmpty { return nil }
        var low: Int64 = -1
        var high: Int64 = -1
        _ = rd_kafka_get_watermark_offsets(
            client.handle, key.topic, key.partition, &low, &high)
        return PartitionBatch(
            topic: key.topic, partition: key.partition, records: records,
            endOffset: high >= 0 ? high : nil)
    }

    /// Waits, unless `endPause` is called before.
    func pause(_ duration: Duration, on loop: EventLoop, isolation: isolated GroupMember) async {
        await withCheckedContinuation { continuation in
            pause = continuation
            let timer = LoopTimer(on: loop) { [weak self] in self?.endPause() }
            timer.start(after: duration)
            self.timer = timer
        }
    }

    /// Lets the handler try again at once.
    func endPause() {
        timer?.cancel()
        timer = nil
        pause?.resume()
        pause = nil
    }

    deinit {
        rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
        rd_kafka_queue_destroy(queue)
    }
}
