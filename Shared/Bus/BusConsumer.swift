internal import EventTypes
public import Runtime
internal import Synchronization

/// Reads topics as a member of a consumer group.
///
/// Each partition is handled by one call at a time, in order; different partitions run in parallel.
/// Committed offsets are hints of where to go on: a record may be handled again after a crash or a
/// rebalance, so the handler must know what it has applied. When a partition moves to another
/// member, its handler is waited for and its offset committed before it is given up.
public final class BusConsumer: Sendable {
    /// How much is taken at once and held.
    public struct Options: Sendable {
        /// The most records that a handler gets in one batch.
        public var batchLimit = 500
        /// A partition stops being fetched while so many of its records wait.
        public var bufferLimit = 2_000
        /// The same limit in bytes of keys, values and headers.
        public var bufferBytesLimit = 1 << 20

        /// The usual limits.
        public init() {}
    }

    private let configuration: BusConfiguration
    private let group: String
    private let topics: [String]
    private let loop: EventLoop
    private let logger: Logger
    private let metrics: ConsumerMetrics
    private let options: Options

    /// Prepares a consumer; `run` joins the group.
    public init(
        _ configuration: BusConfiguration, group: String, topics: [String], loop: EventLoop,
        logger: Logger, metrics: Metrics, options: Options = Options()
    ) throws(BusError) {
        guard !group.isEmpty, !topics.isEmpty, !topics.contains(where: \.isEmpty) else {
            throw BusConfiguration.refusal("A consumer needs a group and topics.")
        }
        self.configuration = configuration
        self.group = group
        self.topics = topics
        self.loop = loop
        self.logger = logger.with(["group": group])
        self.metrics = ConsumerMetrics(metrics, group: group, topics: topics)
        self.options = options
    }

    /// Joins the group and hands every batch to `handler` on the loop, until shutdown; then waits
    /// for the handlers at work, commits, and leaves the group. Ready at once.
    ///
    /// A batch whose handler throws is offered again after a pause that grows to five seconds; its
    /// partition waits, the others go on. To pass over a record is the handler's own decision.
    ///
    /// - Throws: `BusError` when the client cannot go on.
    public func run(
        _ lifecycle: Lifecycle,
        handler: @escaping @Sendable (PartitionBatch) async throws -> Void
    ) async throws {
        let (work, feed) = AsyncStream<Int32>.makeStream()
        let member = try GroupMember(
            configuration, group: group, loop: loop, logger: logger, metrics: metrics,
            options: options, feed: feed)
        try await member.start(topics)
        lifecycle.ready()
        lifecycle.onShutdown { [weak member] in member?.requestStop() }
        await withDiscardingTaskGroup { tasks in
            for await token in work {
                tasks.addTask(executorPreference: loop) { await member.work(token, handler) }
            }
        }
        await member.leave()
        if let failure = await member.failure { throw failure }
    }
}

/// What consumers count.
final class ConsumerMetrics: Sendable {
    private let group: String
    private let handled: Counter
    private let failures: Counter
    private let lag: Gauge
    private let oldest: Gauge
    /// The time of the first record that each partition's handler is at work on.
    private let pending = Mutex<[PartitionKey: Timestamp]>([:])

    /// - Parameter clock: tells the age of records at each rendering.
    init(
        _ metrics: Metrics, group: String, topics: [String], clock: any WallClock = SystemClock()
    ) {
        self.group = group
        handled = metrics.counter(
            "souk_bus_handled_total", "Received records whose handler returned.",
            labels: ["group", "topic"])
        failures = metrics.counter(
            "souk_bus_handler_failures_total", "Batches whose handler threw.",
            labels: ["group", "topic"])
        lag = metrics.gauge(
            "souk_bus_lag", "Records of a partition that are not handled yet, as last heard.",
            labels: ["group", "topic", "partition"])
        oldest = metrics.gauge(
            "souk_bus_oldest_seconds",
            "The age of the oldest record whose handler has not returned; 0 for none.",
            labels: ["group", "topic"])
        metrics.onScrape { [weak self] in
            guard let self else { return }
            let pending = pending.withLock { $0 }
            for topic in topics {
                let first = pending.filter { $0.key.topic == topic }.values.min()
                let age = first.map { clock.now().since($0) } ?? .zero
                oldest.set(max(0, age.inSeconds), group, topic)
            }
        }
    }

    /// A handler is about to get the batch.
    func took(_ batch: PartitionBatch) {
        guard let time = batch.records.first?.timestamp else { return }
        pending.withLock {
            $0[PartitionKey(topic: batch.topic, partition: batch.partition)] = time
        }
    }

    /// Others have the partitions now.
    func gaveUp() { pending.withLock { $0 = [:] } }

    func handled(_ batch: PartitionBatch) {
        pending.withLock {
            $0[PartitionKey(topic: batch.topic, partition: batch.partition)] = nil
        }
        handled.add(batch.records.count, group, batch.topic)
        if let end = batch.endOffset {
            lag.set(
                Double(max(0, end - batch.nextOffset)), group, batch.topic, "\(batch.partition)")
        }
    }

    func failed(_ batch: PartitionBatch) { failures.add(1, group, batch.topic) }
}
