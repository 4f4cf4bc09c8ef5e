internal import CKafka
internal import Runtime

/// One membership of a consumer group, from joining to leaving. It lives on the loop, where the
/// library's events arrive too.
actor GroupMember {
    /// Handled offsets are committed so much later, together.
    static let commitPause: Duration = .milliseconds(200)
    /// The first and the longest pause after a handler has failed.
    static let retryPauses: (first: Duration, longest: Duration) = (
        .milliseconds(100), .seconds(5)
    )
    /// The library takes a member that polls more seldom than every five minutes for dead.
    static let pollPause: Duration = .seconds(60)
    /// How long leaving the group may take.
    static let leaveDeadline: Duration = .seconds(5)
    static let eventsPerTurn = 64
    /// The token of the queue of events; those of partitions are above.
    private static let eventsToken: Int32 = 0

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// What ended the membership, when it was not asked to end.
    private(set) var failure: BusError?
    private let client: KafkaClient
    private let pipe: WakePipe
    private let logger: Logger
    private let metrics: ConsumerMetrics
    private let options: BusConsumer.Options
    private let feed: AsyncStream<Int32>.Continuation
    private var partitions: [Int32: AssignedPartition] = [:]
    private var lastToken = eventsToken
    private var poll: LoopTimer?

    // Commits: at most one is under way.
    private var commitTimer: LoopTimer?
    private var committing: [Int32: Int64]?

    // Endings: of the present assignment, and of the membership.
    private var isHandingOver = false
    private var isStopping = false
    private var hasCommittedLast = false
    private var isOver = false

    /// - Parameter feed: gets the tokens of the partitions that have something to handle; ends when
    ///   everything is handled and committed.
    init(
        _ configuration: BusConfiguration, group: String, loop: EventLoop, logger: Logger,
        metrics: ConsumerMetrics, options: BusConsumer.Options,
        feed: AsyncStream<Int32>.Continuation
    ) throws(BusError) {
        self.loop = loop
        self.logger = logger
        self.metrics = metrics
        self.options = options
        self.feed = feed
        pipe = try WakePipe(on: loop)
        client = try KafkaClient(
            .member, configuration,
            own: [
                ("group.id", group),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "earliest"),
                ("session.timeout.ms", "6000"),
                ("heartbeat.interval.ms", "500"),
                ("max.poll.interval.ms", "300000"),
                ("fetch.wait.max.ms", "\(configuration.fetchWaitMilliseconds)"),
                ("fetch.max.bytes", "\(8 << 20)"),
                ("queued.min.messages", "\(max(1, options.bufferLimit))"),
                ("queued.max.messages.kbytes", "\(max(1, options.bufferBytesLimit >> 10))"),
            ], events: RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT, pipe: pipe,
            logger: logger)
    }

    /// Joins the group.
    func start(_ topics: [String]) throws(BusError) {
        pipe.start { [weak self] tokens in self?.assumeIsolated { $0.wake(tokens) } }
        pipe.connect(client.queue, token: Self.eventsToken)
        let list = PartitionList()
        for topic in topics { list.add(PartitionKey(topic: topic, partition: -1), offset: -1001) }
        let error = rd_kafka_subscribe(client.handle, list.pointer)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BusError(error, operation: "subscribe")
        }
        let poll = LoopTimer(on: loop) { [weak self] in self?.assumeIsolated { $0.serve() } }
        poll.start(after: Self.pollPause, repeats: true)
        self.poll = poll
        serve()
    }

    // MARK: Events

    private func wake(_ tokens: [Int32]) {
        if isOver { return }
        for token in tokens {
            if token == Self.eventsToken { serve() } else { offer(token) }
        }
    }

    private func serve() {
        for _ in 0..<Self.eventsPerTurn {
            guard !isOver, let event = rd_kafka_queue_poll(client.queue, 0) else { return }
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_REBALANCE: rebalance(event)
            case RD_KAFKA_EVENT_OFFSET_COMMIT: committed(rd_kafka_event_error(event))
            case RD_KAFKA_EVENT_ERROR: heard(event)
            default: break
            }
            rd_kafka_event_destroy(event)
        }
        loop.submit { [weak self] in self?.assumeIsolated { $0.serve() } }
    }

    private func heard(_ event: OpaquePointer) {
        let error = rd_kafka_event_error(event)
        let message = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
        switch error {
        case RD_KAFKA_RESP_ERR__FATAL:
            failure = client.fatalError()
            stop()
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            logger.warning("no broker can be reached")
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION,
            RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            logger.error("the consumer gets nothing", ["error": message])
        default:
            logger.info("the consumer heard of a fault", ["error": message])
        }
    }

    private func rebalance(_ event: OpaquePointer) {
        let list = rd_kafka_event_topic_partition_list(event)
        if rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let list,
            !isStopping
        {
            for key in PartitionList.keys(list) {
                lastToken += 1
                partitions[lastToken] = AssignedPartition(
                    key, token: lastToken, client: client, pipe: pipe)
            }
            _ = rd_kafka_assign(client.handle, list)
            logger.info("partitions assigned", ["count": list.pointee.cnt])
            // What an earlier assignment left in a queue has woken nobody.
            for token in partitions.keys.sorted() { offer(token) }
        } else {
            isHandingOver = true
            // Others have the partitions already: too late to commit.
            hasCommittedLast = rd_kafka_assignment_lost(client.handle) != 0
            endPauses()
            advance()
        }
    }

    // MARK: Handling

    /// Lets a partition's records be handled, unless that is under way.
    private func offer(_ token: Int32) {
        guard let partition = partitions[token], !partition.isBusy, !isHalting else { return }
        partition.isBusy = true
        feed.yield(token)
    }

    private var isHalting: Bool { isHandingOver || isStopping }

    /// Handles what a partition has, batch by batch.
    func work(
        _ token: Int32, _ handler: @Sendable (PartitionBatch) async throws -> Void
    ) async {
        guard let partition = partitions[token] else { return }
        var pause = Self.retryPauses.first
        while !isHalting, !Task.isCancelled, let batch = partition.waiting ?? take(partition) {
            metrics.took(batch)
            do {
                try await handler(batch)
                partition.waiting = nil
                partition.handled = batch.nextOffset
                metrics.handled(batch)
                commitSoon()
                pause = Self.retryPauses.first
                // Others have their turn.
                await Task.yield()
            } catch {
                partition.waiting = batch
                if isHalting || Task.isCancelled { break }
                metrics.failed(batch)
                logger.warning(
                    "a batch could not be handled and is offered again",
                    [
                        "topic": batch.topic, "partition": batch.partition,
                        "offset": batch.records[0].offset ?? 0, "error": "\(error)",
                    ])
                let jitter = Int.random(in: 80...120)
                await partition.pause(pause * jitter / 100, on: loop, isolation: self)
                pause = min(pause * 2, Self.retryPauses.longest)
            }
        }
        partition.isBusy = false
        advance()
    }

    private func take(_ partition: AssignedPartition) -> PartitionBatch? {
        partition.take(max(1, options.batchLimit)) { error in
            logger.warning(
                "a partition could not be read",
                [
                    "topic": partition.key.topic, "partition": partition.key.partition,
                    "error": "\(error)",
                ])
        }
    }

    private func endPauses() {
        for partition in partitions.values { partition.endPause() }
    }

    // MARK: Committing

    private func commitSoon() {
        guard commitTimer == nil else { return }
        let timer = LoopTimer(on: loop) { [weak self] in
            self?.assumeIsolated { member in
                member.commitTimer = nil
                if member.committing == nil, !member.isOver { _ = member.commit() }
            }
        }
        timer.start(after: Self.commitPause)
        commitTimer = timer
    }

    /// Commits what is handled.
    ///
    /// - Returns: false when there is nothing to commit.
    private func commit() -> Bool {
        let list = PartitionList()
        var offsets: [Int32: Int64] = [:]
        for partition in partitions.values {
            guard let handled = partition.handled, handled != partition.committed else { continue }
            list.add(partition.key, offset: handled)
            offsets[partition.token] = handled
        }
        if offsets.isEmpty { return false }
        let error = rd_kafka_commit_queue(client.handle, list.pointer, client.queue, nil, nil)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            logger.info(
                "offsets are not committed", ["error": "\(BusError(error, operation: "commit"))"])
            return false
        }
        committing = offsets
        return true
    }

    private func committed(_ error: rd_kafka_resp_err_t) {
        guard let offsets = committing else { return }
        committing = nil
        if error == RD_KAFKA_RESP_ERR_NO_ERROR {
            for (token, offset) in offsets { partitions[token]?.committed = offset }
        } else {
            logger.info(
                "offsets are not committed", ["error": "\(BusError(error, operation: "commit"))"])
        }
        advance()
        let isBehind = partitions.values.contains { $0.handled != $0.committed }
        if isBehind, !isHalting { commitSoon() }
    }

    // MARK: Ending

    /// Asks the member to stop; callable from any thread.
    nonisolated func requestStop() {
        loop.submit { [self] in assumeIsolated { $0.stop() } }
    }

    private func stop() {
        isStopping = true
        endPauses()
        advance()
    }

    /// Takes the next step of an ending, once handlers and commits allow it.
    private func advance() {
        guard isHalting, !isOver, committing == nil,
            !partitions.values.contains(where: \.isBusy)
        else { return }
        if !hasCommittedLast {
            hasCommittedLast = true
            if commit() { return }
        }
        if isHandingOver {
            isHandingOver = false
            hasCommittedLast = false
            logger.info("partitions given up", ["count": partitions.count])
            partitions = [:]
            metrics.gaveUp()
            _ = rd_kafka_assign(client.handle, nil)
        }
        if isStopping {
            isOver = true
            feed.finish()
        }
    }

    /// Leaves the group, when nothing is handled any more.
    func leave() async {
        isOver = true
        feed.finish()
        poll?.cancel()
        commitTimer?.cancel()
        partitions = [:]
        metrics.gaveUp()
        let left = BusSignal<Bool>()
        let deadline = LaterCall(on: loop, after: Self.leaveDeadline) { left.send(false) }
        NamedThread.start("kafka") { [client] in
            _ = rd_kafka_consumer_close(client.handle)
            left.send(true)
        }
        _ = await left.wait()
        deadline.cancel()
    }
}
