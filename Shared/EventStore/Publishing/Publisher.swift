public import Bus
public import Database
public import EventTypes
internal import JSON
public import Runtime
internal import Synchronization

/// Puts the public events of a log on the bus, in order, for ever.
///
/// One process at a time does it, chosen by a lock of the database; the others stand by. What is
/// acknowledged without a gap is checkpointed; after a crash the rest is sent again with the same
/// numbers, which consumers ignore. A topic that ends before the checkpoint was lost: it is filled
/// again from the log. A consumer that misses numbers asks for them on the control topic.
public final class Publisher: Component {
    /// Events read and sent at once.
    public static let batchLimit = 500
    /// How long a log without news is left alone.
    static let idlePause: Duration = .seconds(2)
    /// How often the topics' ends are compared with what was acknowledged.
    static let inspectionInterval: Duration = .seconds(2)
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
    private func listen(_ lifecycle: Lifecycle) async throws {
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
        try await admin.ensureTopics([TopicSpecification(RefillRequest.controlTopic, partitions: 1)]
        )
        let listening = Lifecycle()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { try await self.listen(listening) }
            defer { listening.requestShutdown() }
            try await publishAll(connection, fence, lifecycle)
        }
        return true
    }

    private func publishAll(
        _ connection: Connection, _ fence: Int64, _ lifecycle: Lifecycle
    ) async throws {
        try await admin.ensureTopics(topics.map { TopicSpecification($0.rawValue) })
        var partitions: [Topic: Int32] = [:]
        for topic in topics { partitions[topic] = try await admin.partitions(of: topic.rawValue) }
        var state = try await PublisherTables.read(connection)
        var inspectAt = ContinuousClock.now
        while !lifecycle.isShuttingDown {
            if ContinuousClock.now >= inspectAt {
                if try await isAnyTopicLost(state) {
                    try await PublisherTables.forget(fence: fence, connection)
                    state = PublisherState()
                    for topic in topics {
                        partitions[topic] = try await admin.partitions(of: topic.rawValue)
                    }
                }
                inspectAt = .now + Self.inspectionInterval
            }
            for request in refills.take() { try await answer(request, state, partitions) }
            let events = try await store.readAll(after: state.position, limit: Self.batchLimit)
            if events.isEmpty {
                await wake.wait(atMost: Self.idlePause, on: loop)
                continue
            }
            let next = try await send(events, after: state, partitions)
            try await PublisherTables.write(next, over: state, fence: fence, connection)
            state = next
            positionGauge.set(Double(state.position))
        }
        try await PublisherTables.unlock(connection)
    }

    /// Sends what the events publish and waits for every acknowledgement.
    private func send(
        _ events: [RecordedEvent], after state: PublisherState, _ partitions: [Topic: Int32]
    ) async throws -> PublisherState {
        var next = state
        var records: [BusRecord] = []
        for event in events {
            for numbered in next.advance(past: event, try map(event)) {
                let count = partitions[numbered.publication.topic] ?? 1
                records.append(try numbered.record(source: source, partitions: count))
            }
        }
        try await deliver(records, into: &next)
        return next
    }

    private func deliver(_ records: [BusRecord], into state: inout PublisherState) async throws {
        guard !records.isEmpty else { return }
        let results = await producer.send(batch: records)
        for (record, result) in zip(records, results) {
            let delivery = try result.get()
            guard let topic = Topic(rawValue: record.topic) else { continue }
            let place = PublisherState.Place(topic: topic, partition: delivery.partition)
            state.ends[place] = max(state.ends[place] ?? 0, delivery.offset + 1)
            published.add(1, record.topic)
        }
    }

    private func isAnyTopicLost(_ state: PublisherState) async throws -> Bool {
        for topic in topics where state.ends.contains(where: { $0.key.topic == topic }) {
            let marks = try await admin.watermarks(topic.rawValue)
            let highs = Dictionary(
                marks.map { ($0.partition, $0.high) }, uniquingKeysWith: { max($0, $1) })
            if state.isLost(topic, highs: highs) {
                logger.warning(
                    "a topic ends before what it had acknowledged; it is filled again from the log",
                    ["topic": topic.rawValue])
                return true
            }
        }
        return false
    }

    /// Sends one slot again from where a consumer stands, with the numbers that it misses.
    private func answer(
        _ request: RefillRequest, _ state: PublisherState, _ partitions: [Topic: Int32]
    ) async throws {
        logger.notice(
            "a consumer misses events; they are sent again",
            ["topic": request.topic.rawValue, "slot": request.slot, "after": request.sequence])
        var again = PublisherState(position: request.position)
        guard let slot = Slot(request.slot) else { return }
        again.sequences[.init(topic: request.topic, slot: slot)] = request.sequence
        while again.position < state.position {
            let events = try await store.readAll(after: again.position, limit: Self.batchLimit)
            guard !events.isEmpty else { return }
            var records: [BusRecord] = []
            for event in events where event.position <= state.position {
                for numbered in again.advance(past: event, try map(event))
                where numbered.publication.topic == request.topic && numbered.slot == slot {
                    records.append(
                        try numbered.record(
                            source: source, partitions: partitions[request.topic] ?? 1))
                }
            }
            var ignored = state
            try await deliver(records, into: &ignored)
            if let last = events.last, last.position >= state.position { return }
        }
    }
}
