public import Bus
public import Database
public import EventTypes
internal import JSON
public import Runtime

/// Puts the public events of a log on the bus, in order, for ever.
///
/// One process at a time does it, chosen by a lock of the database; the others stand by. What is
/// acknowledged without a gap is checkpointed; after a crash the rest is sent again with the same
/// numbers, which consumers ignore. A topic that ends before the checkpoint was lost: it is filled
/// again from the log. A consumer that misses numbers asks for them on the control topic.
public final class Publisher: Component {
    /// Events read and sent at once.
    public static let batchLimit = 2_000
    /// Records that are encoded on the loop; of more, others on the loop would notice.
    static let loopLimit = 32
    /// Batches that may wait for their acknowledgements while the next is read.
    static let window = 8
    /// How long a log without news is left alone.
    static let idlePause: Duration = .seconds(2)
    /// How often the topics' ends are compared with what was acknowledged.
    static let inspectionInterval: Duration = .seconds(2)
    /// How often consumers are told how far everything is published.
    static let announcementInterval: Duration = .seconds(5)
    /// How long such announcements are kept.
    static let announcementRetention: Duration = .seconds(3_600)
    /// How long a process that does not publish waits before it tries to take over.
    static let standbyPause: Duration = .seconds(1)

    let source: String
    let store: PostgresEventStore
    let pool: DatabasePool
    let producer: BusProducer
    let admin: BusAdmin
    let topics: [Topic]
    let map: @Sendable (RecordedEvent) throws -> [Publication]
    let loop: EventLoop
    let logger: Logger
    let wake = WakeUp()
    let refills = RefillQueue()
    private let configuration: BusConfiguration
    private let metrics: Metrics
    private let published: Counter
    private let positionGauge: Gauge

    /// - Parameters:
    ///   - source: the service's name, as in `ce_source`.
    ///   - configuration: how requests for lost events are heard.
    ///   - topics: every topic that `map` may name.
    ///   - map: pure; what an event looks like to others, nothing for a private one.
    public init(
        source: String, store: PostgresEventStore, pool: DatabasePool, producer: BusProducer,
        admin: BusAdmin, configuration: BusConfiguration, topics: [Topic] = Topic.allCases,
        loop: EventLoop, map: @escaping @Sendable (RecordedEvent) throws -> [Publication],
        logger: Logger, metrics: Metrics
    ) {
        self.source = source
        self.store = store
        self.pool = pool
        self.producer = producer
        self.admin = admin
        self.topics = topics
        self.map = map
        self.loop = loop
        self.logger = logger
        self.configuration = configuration
        self.metrics = metrics
        published = metrics.counter(
            "souk_published_events_total", "Events put on the bus.", labels: ["topic"])
        positionGauge = metrics.gauge(
            "souk_publisher_position", "The position up to which the log is published.")
    }

    /// Asks for the events of one slot after a consumer's last one to be sent again.
    public func refill(_ request: RefillRequest) {
        guard request.source == source else { return }
        refills.add(request)
        wake.wake()
    }

    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        await publish(lifecycle)
    }

    /// Hears what consumers miss, while this process is the one that publishes.
    private func listen(_ lifecycle: Lifecycle) async {
        repeat {
            do {
                try await hear(lifecycle)
            } catch {
                logger.warning(
                    "requests for lost events could not be heard", ["error": "\(error)"])
            }
        } while await lifecycle.pause(Self.standbyPause, on: loop)
    }

    private func hear(_ lifecycle: Lifecycle) async throws {
        let consumer = try BusConsumer(
            configuration, group: "\(source)-refills", topics: [RefillRequest.controlTopic],
            loop: loop, logger: logger, metrics: metrics)
        try await consumer.run(lifecycle) { batch in
            for record in batch.records {
                guard let request = try? JSON.decode(RefillRequest.self, from: record.value) else {
                    continue
                }
                self.refill(request)
            }
        }
    }

    private func publish(_ lifecycle: Lifecycle) async {
        lifecycle.onShutdown { [wake] in wake.wake() }
        store.tail.onAdvance { [wake] in wake.wake() }
        while !lifecycle.isShuttingDown {
            do {
                let led = try await pool.withConnection { connection in
                    try await self.lead(connection, lifecycle)
                }
                if led { continue }
            } catch {
                if lifecycle.isShuttingDown { return }
                logger.warning("publishing was interrupted", ["error": "\(error)"])
            }
            _ = await lifecycle.pause(Self.standbyPause, on: loop)
        }
    }

    /// Publishes until shutdown or a fault.
    ///
    /// - Returns: false when another process does it.
    private func lead(_ connection: Connection, _ lifecycle: Lifecycle) async throws -> Bool {
        guard let fence = try await PublisherTables.lock(connection) else { return false }
        // Brokers need not make topics that are asked for.
        try await admin.ensureTopics([
            TopicSpecification(RefillRequest.controlTopic, partitions: 1),
            TopicSpecification(
                PublishedEnds.topic, partitions: 1, retention: Self.announcementRetention),
        ])
        let listening = Lifecycle()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { await self.listen(listening) }
            defer { listening.requestShutdown() }
            try await publishAll(connection, fence, lifecycle)
        }
        return true
    }

    private func publishAll(
        _ connection: Connection, _ fence: Int64, _ lifecycle: Lifecycle
    ) async throws {
        // What was begun is waited for, whatever ends the loop, before anybody else may begin.
        try await withThrowingDiscardingTaskGroup { group in
            try await publishAll(connection, fence, lifecycle, &group)
        }
        try await connection.unlock(PublisherTables.lockName)
    }

    private func publishAll(
        _ connection: Connection, _ fence: Int64, _ lifecycle: Lifecycle,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        try await admin.ensureTopics(topics.map { TopicSpecification($0.rawValue) })
        var partitions = try await countPartitions()
        var pipeline = PublisherPipeline(
            try await PublisherTables.read(connection), window: Self.window,
            pageLimit: Self.batchLimit)
        let findings = Findings()
        var ahead = ReadAhead()
        var inspections = Inspections()
        var announceAt = ContinuousClock.now
        while !lifecycle.isShuttingDown {
            // What is beside has failed, and would be cancelled from now on: all begins anew.
            if group.isCancelled { return }
            for finding in findings.take() {
                switch finding {
                case .settled(let number, let deliveries):
                    pipeline.acknowledge(number, try deliveries.get())
                case .ends(let number, let highs, let acknowledged):
                    guard inspections.end(number) else { continue }
                    for (topic, highs) in highs {
                        pipeline.inspected(topic, highs: highs, after: acknowledged)
                    }
                case .page(let position, let page):
                    ahead.arrived(after: position, try page.get())
                }
            }
            if let number = inspections.begin() {
                inspect(number, pipeline.checkpoint, findings, &group)
            }
            if ContinuousClock.now >= announceAt {
                announce(pipeline.checkpoint, &group)
                announceAt = .now + Self.announcementInterval
            }
            for request in refills.take() { try await answer(request, &pipeline, partitions) }
            switch pipeline.next() {
            case .read(let position):
                let page: ReadAhead.Page
                switch ahead.take(after: position) {
                case .page(let present): page = present
                case .read: page = try await read(after: position)
                case .wait: page = []
                }
                if page.isEmpty {
                    await wake.wait(atMost: Self.idlePause, on: loop)
                } else {
                    for next in ahead.begin(behind: page, limit: Self.batchLimit) {
                        prepare(next, findings, &group)
                    }
                    try await send(pipeline.handOut(page), partitions, findings, &group)
                }
            case .write(let state, let old):
                try await PublisherTables.write(state, over: old, fence: fence, connection)
                pipeline.wrote(state)
                positionGauge.set(Double(state.position))
            case .forget:
                logger.warning("a topic was lost; it is filled again from the log")
                try await PublisherTables.forget(fence: fence, connection)
                pipeline.forgot()
                inspections.forget()
                partitions = try await countPartitions()
            case .wait: await wake.wait(atMost: Self.idlePause, on: loop)
            }
        }
    }

    private func countPartitions() async throws -> [Topic: Int32] {
        var partitions: [Topic: Int32] = [:]
        for topic in topics { partitions[topic] = try await admin.partitions(of: topic.rawValue) }
        return partitions
    }

    @concurrent private func read(after position: Int64) async throws -> ReadAhead.Page {
        let events = try await store.news(after: position, limit: Self.batchLimit)
        var page: ReadAhead.Page = []
        page.reserveCapacity(events.count)
        for event in events {
            var publications = try map(event)
            for index in publications.indices { try publications[index].prepare() }
            page.append((event, publications))
        }
        return page
    }

    /// Reads ahead, off the loop.
    private func prepare(
        _ position: Int64, _ findings: Findings,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        group.addTask(executorPreference: globalConcurrentExecutor) {
            do {
                findings.add(.page(after: position, .success(try await self.read(after: position))))
            } catch {
                findings.add(.page(after: position, .failure(error)))
            }
            self.wake.wake()
        }
    }

    /// Puts a batch on the bus, in order, and notes what becomes of it when it is known.
    private func send(
        _ batch: PublisherPipeline.Batch, _ partitions: [Topic: Int32], _ findings: Findings,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let sending = try await begin(batch.records, partitions)
        group.addTask(executorPreference: loop) {
            let deliveries = await self.settled(sending, batch.records)
            findings.add(.settled(batch.number, deliveries))
            self.wake.wake()
        }
    }

    /// Puts records on the bus, in order, without waiting for what becomes of them.
    private func begin(
        _ publications: [NumberedPublication], _ partitions: [Topic: Int32]
    ) async throws -> BatchReceipt {
        if publications.count <= Self.loopLimit {
            return await producer.begin(batch: try records(publications, partitions))
        }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            await producer.begin(batch: try records(publications, partitions))
        }
    }

    private func records(
        _ publications: [NumberedPublication], _ partitions: [Topic: Int32]
    ) throws -> [BusRecord] {
        try publications.indices.map { index in
            let partitions = partitions[publications[index].publication.topic] ?? 1
            return try publications[index].record(source: source, partitions: partitions)
        }
    }

    /// Where the bus put the records of a batch, once it has all of them.
    private func settled(
        _ sending: BatchReceipt, _ publications: [NumberedPublication]
    ) async -> Result<[PublisherPipeline.Delivery], any Error> {
        do {
            var tally = DeliveryTally()
            let deliveries = try await sending.deliveries()
            for index in publications.indices {
                tally.add(publications[index].publication.topic, deliveries[index])
            }
            for (topic, count) in tally.counts { published.add(count, topic.rawValue) }
            return .success(tally.deliveries)
        } catch {
            return .failure(error)
        }
    }

    /// Tells consumers how far everything is published, while publishing goes on.
    private func announce(
        _ state: PublisherState, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        let ends = topics.compactMap { PublishedEnds(of: $0, from: source, in: state) }
        if ends.isEmpty { return }
        group.addTask(executorPreference: loop) { [self] in
            do {
                let records = try ends.map { ends in
                    BusRecord(
                        topic: PublishedEnds.topic,
                        key: Array("\(source) \(ends.topic.rawValue)".utf8),
                        value: try JSON.encode(ends))
                }
                for result in await producer.send(batch: records) { _ = try result.get() }
            } catch {
                // They are said again.
                logger.info("the ends of topics could not be said", ["error": "\(error)"])
            }
        }
    }

    /// Looks where the topics end, while publishing goes on: what was acknowledged is to be there.
    private func inspect(
        _ number: Int, _ acknowledged: PublisherState, _ findings: Findings,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        let present = topics.filter { topic in
            acknowledged.ends.contains { $0.key.topic == topic }
        }
        group.addTask(executorPreference: loop) { [self] in
            let highs = await Self.highs(of: present, logger) { topic in
                try await admin.watermarks(topic.rawValue).map { ($0.partition, $0.high) }
            }
            findings.add(.ends(number, highs, after: acknowledged))
            wake.wake()
        }
    }

    /// Where topics end; without those for which `ask` fails, which are looked at again next time.
    /// Nothing is thrown: it would end the group of what is beside the publisher, and leave the
    /// publisher itself going on without them.
    static func highs(
        of topics: [Topic], _ logger: Logger,
        _ ask: (Topic) async throws -> [(Int32, Int64)]
    ) async -> [Topic: [Int32: Int64]] {
        var highs: [Topic: [Int32: Int64]] = [:]
        for topic in topics {
            do {
                highs[topic] = Dictionary(
                    try await ask(topic), uniquingKeysWith: { max($0, $1) })
            } catch {
                logger.info(
                    "the end of a topic could not be read",
                    ["topic": topic.rawValue, "error": "\(error)"])
            }
        }
        return highs
    }

    /// Sends one slot again from where a consumer stands, with the numbers that it misses.
    private func answer(
        _ request: RefillRequest, _ pipeline: inout PublisherPipeline,
        _ partitions: [Topic: Int32]
    ) async throws {
        logger.notice(
            "a consumer misses events; they are sent again",
            ["topic": request.topic.rawValue, "slot": request.slot, "after": request.sequence])
        let before = pipeline.checkpoint
        guard var scan = RefillScan(request, upTo: before.position) else { return }
        while let position = scan.readAfter {
            let records = scan.take(try await read(after: position))
            let sending = try await begin(records, partitions)
            pipeline.refilled(try await settled(sending, records).get(), after: before)
        }
    }
}
