internal import CKafka
public import Runtime
internal import Synchronization

/// Sends records: idempotent, acknowledged by all in-sync replicas, compressed with lz4.
///
/// An idempotent client of the library that has lost its place, as when a broker forgets what it
/// acknowledged, sends nothing any more. Whatever it holds fails with `fatal`, and so does what
/// is sent until it holds nothing; then another client goes on.
///
/// As a component it is ready at once and, on shutdown, delivers what it holds before it closes.
public final class BusProducer: Component {
    /// The most records that wait in the library; further senders wait themselves.
    static let queueLimit = 20_000
    /// The most kilobytes of them.
    static let queueKilobytesLimit = 16_384
    /// When a client that has lost its place and still holds records is looked at again.
    static let lostPause: Duration = .milliseconds(100)
    /// Events that one turn of the loop handles.
    static let eventsPerTurn = 64

    let client = Mutex<KafkaClient?>(nil)
    private let configuration: BusConfiguration
    private let ledger: SendLedger
    private let loop: EventLoop
    private let logger: Logger
    private let failure = BusSignal<BusError>()
    private let lookAgain = Mutex<LaterCall?>(nil)
    private let sent: Counter
    private let failures: Counter

    /// Connects in the background; brokers that are down are waited for.
    public init(
        _ configuration: BusConfiguration, loop: EventLoop, logger: Logger, metrics: Metrics
    ) throws(BusError) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        ledger = SendLedger()
        sent = metrics.counter(
            "souk_bus_sent_total", "Records that brokers have acknowledged.", labels: ["topic"])
        failures = metrics.counter(
            "souk_bus_send_failures_total", "Records given up.", labels: ["topic"])
        try open(insteadOf: nil)
    }

    /// Lets another client of the library go on, unless `lost` is not the present one any more.
    private func open(insteadOf lost: KafkaClient?) throws(BusError) {
        let pipe = try WakePipe(on: loop)
        let opened = try KafkaClient(
            .producer, configuration,
            own: [
                ("enable.idempotence", "true"),
                ("acks", "all"),
                ("compression.type", "lz4"),
                ("partitioner", "murmur2_random"),
                ("linger.ms", "2"),
                ("message.max.bytes", "\(BusConfiguration.maximumRecordBytes)"),
                ("delivery.timeout.ms", "120000"),
                ("queue.buffering.max.messages", "\(Self.queueLimit)"),
                ("queue.buffering.max.kbytes", "\(Self.queueKilobytesLimit)"),
            ], events: RD_KAFKA_EVENT_DR, pipe: pipe, logger: logger)
        let isWanted = client.withLock { client in
            guard client === lost else { return false }
            client = opened
            return true
        }
        guard isWanted else { return }
        // Only now: a queue that has woken `serve` wakes it again only once it was polled.
        pipe.start { [weak self] _ in self?.serve() }
        pipe.connect(opened.queue)
        // What came before the queue was connected has woken nobody.
        loop.submit { [weak self] in self?.serve() }
    }

    // MARK: Sending

    /// Sends one record and waits until it is acknowledged.
    ///
    /// While the queue is full the call waits for room. Cancellation does not take the record back.
    public func send(_ record: BusRecord) async throws(BusError) -> Delivery {
        try await send(batch: [record])[0].get()
    }

    /// Sends records in order and waits until each is acknowledged or given up; the results stand
    /// in the order of the records.
    public func send(batch: [BusRecord]) async -> [Result<Delivery, BusError>] {
        await begin(batch: batch).results()
    }

    /// Hands records over in order, and returns once all are queued: what is begun next goes
    /// behind them. While the queue is full the call waits for room.
    public func begin(batch: [BusRecord]) async -> BatchReceipt {
        if batch.isEmpty { return BatchReceipt(count: 0) }
        guard let epoch = ledger.begin(batch.count) else {
            let receipt = BatchReceipt(count: batch.count)
            for index in batch.indices { receipt.settle(index, .failure(Self.closed)) }
            return receipt
        }
        let receipt = BatchReceipt(count: batch.count, epoch: epoch)
        for index in batch.indices {
            let ticket = receipt.ticket(index)
            while true {
                let generation = ledger.generation
                if enqueue(batch[index], ticket) { break }
                await ledger.room(since: generation)
            }
        }
        return receipt
    }

    /// Hands a record to the library.
    ///
    /// - Returns: false when there is no room.
    private func enqueue(
        _ record: BusRecord, _ ticket: UnsafeMutablePointer<SendTicket>
    ) -> Bool {
        if record.size > BusConfiguration.maximumRecordBytes {
            settle(
                ticket.pointee, record.topic,
                BusError(
                    .tooLarge, operation: "send",
                    message: "a record of \(record.size) bytes is larger than "
                        + "\(BusConfiguration.maximumRecordBytes)"))
            return true
        }
        let error = client.withLock { client -> rd_kafka_resp_err_t in
            guard let client else { return RD_KAFKA_RESP_ERR__DESTROY }
            return record.produce(client.handle, ticket)
        }
        switch error {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return true
        case RD_KAFKA_RESP_ERR__QUEUE_FULL where !ledger.hasGivenUp: return false
        case RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__DESTROY:
            settle(ticket.pointee, record.topic, Self.closed)
        default:
            settle(ticket.pointee, record.topic, BusError(error, operation: "send"))
        }
        return true
    }

    private static let closed = BusError(
        .closed, operation: "send", message: "the producer is closed")

    /// Settles a record that the library never had.
    private func settle(_ ticket: SendTicket, _ topic: String, _ failure: BusError) {
        failures.add(1, topic)
        let epoch = ticket.epoch
        ticket.receipt.takeUnretainedValue().settle(ticket.index, .failure(failure))
        ledger.end(1, of: epoch)
    }

    // MARK: Reports

    /// Handles what the library reports. Runs on the loop.
    private func serve() {
        guard let client = client.withLock({ $0 }) else { return }
        for _ in 0..<Self.eventsPerTurn {
            guard let event = rd_kafka_queue_poll(client.queue, 0) else {
                return replaceIfLost(client)
            }
            let kind = rd_kafka_event_type(event)
            if kind == RD_KAFKA_EVENT_DR {
                report(event, client)
            } else {
                if kind == RD_KAFKA_EVENT_ERROR { heard(event, client) }
                rd_kafka_event_destroy(event)
            }
        }
        loop.submit { [weak self] in self?.serve() }
    }

    /// Settles the records of one report, and destroys it.
    private func report(_ event: OpaquePointer, _ client: KafkaClient) {
        var tally = SendTally()
        while let message = rd_kafka_event_message_next(event)?.pointee {
            guard let opaque = message._private else { continue }
            let ticket = opaque.load(as: SendTicket.self)
            tally.note(message, ticket)
            ticket.receipt.takeUnretainedValue().settle(
                ticket.index,
                message.err == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? .success(Delivery(partition: message.partition, offset: message.offset))
                    : .failure(
                        client.fatalError() ?? BusError(message.err, operation: "send")))
        }
        for (topic, count) in tally.sent { sent.add(count, topic) }
        for (topic, count) in tally.failed { failures.add(count, topic) }
        for (epoch, count) in tally.epochs.counts { ledger.end(count, of: epoch) }
        // The library has room only now.
        rd_kafka_event_destroy(event)
        ledger.madeRoom(for: tally.count)
    }

    private func heard(_ event: OpaquePointer, _ client: KafkaClient) {
        if let fatal = client.fatalError() {
            logger.warning("the producer has lost its place", ["error": "\(fatal)"])
        } else if rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
            logger.warning("no broker can be reached; records wait")
        }
    }

    /// Lets another client go on where this one has lost its place and every record of it has its
    /// result. Runs on the loop.
    private func replaceIfLost(_ client: KafkaClient) {
        guard let fatal = client.fatalError() else { return }
        if rd_kafka_outq_len(client.handle) > 0 {
            // The library gives up what it has queued when it loses its place, and not what was
            // being queued at that moment.
            client.purge(RD_KAFKA_PURGE_F_QUEUE)
            let call = LaterCall(on: loop, after: Self.lostPause) { [weak self] in self?.serve() }
            lookAgain.withLock { $0 = call }
            return
        }
        do {
            try open(insteadOf: client)
        } catch {
            logger.error("no other producer could be opened", ["error": "\(error)"])
            failure.send(fatal)
        }
    }

    // MARK: Ending

    /// Returns once everything that was sent before has its result.
    public func flush() async { await ledger.settled() }

    /// Delivers what is queued, for at most `deadline`, then closes. Later sends fail with
    /// `closed`.
    public func close(deadline: Duration = .seconds(5)) async {
        guard ledger.close() else { return await ledger.settled() }
        let timer = LaterCall(on: loop, after: deadline) { [weak self] in self?.giveUp() }
        await ledger.settled()
        timer.cancel()
        client.withLock { $0 = nil }
    }

    /// Lets every record that still waits fail.
    private func giveUp() {
        client.withLock { $0?.purge(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }
        ledger.giveUp()
    }

    /// Runs until shutdown, then `close`s.
    ///
    /// - Throws: `BusError` with code `fatal` when the producer has lost its place and no other
    ///   client could be opened.
    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        lifecycle.onShutdown { [failure] in failure.send(nil) }
        let fatal = await failure.wait()
        await close()
        if let fatal { throw fatal }
    }
}
