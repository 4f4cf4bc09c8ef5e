public import Runtime
internal import Synchronization

/// What a topic should be like.
public struct TopicSpecification: Sendable, Hashable {
    public var name: String
    public var partitions: Int32
    /// How long records are kept; the broker's default when nil, for ever when `.max`.
    public var retention: Duration?
    /// Copies; the broker's default when nil.
    public var replicas: Int32?

    public init(
        _ name: String, partitions: Int32 = 16, retention: Duration? = nil, replicas: Int32? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.retention = retention
        self.replicas = replicas
    }
}

/// Where the kept records of a partition begin and end.
public struct Watermarks: Sendable, Hashable {
    public let partition: Int32
    /// The offset of the oldest record that is kept.
    public let low: Int64
    /// The offset that the next record will get.
    public let high: Int64

    public init(partition: Int32, low: Int64, high: Int64) {
        self.partition = partition
        self.low = low
        self.high = high
    }
}

/// How far a group is in a partition.
public struct PartitionLag: Sendable, Hashable {
    public let topic: String
    public let partition: Int32
    /// What the group committed; nil when it never did.
    public let committed: Int64?
    public let low: Int64
    public let high: Int64

    public init(topic: String, partition: Int32, committed: Int64?, low: Int64, high: Int64) {
        self.topic = topic
        self.partition = partition
        self.committed = committed
        self.low = low
        self.high = high
    }

    /// Records that are kept and that the group did not commit.
    public var lag: Int64 { Swift.max(0, high - Swift.max(committed ?? low, low)) }
}

/// Looks after topics and groups.
public final class BusAdmin: Sendable {
    let configuration: BusConfiguration
    let logger: Logger
    private let client: Mutex<KafkaClient?>

    /// Connects in the background.
    public init(
        _ configuration: BusConfiguration, loop: EventLoop, logger: Logger
    ) throws(BusError) {
        self.configuration = configuration
        self.logger = logger
        client = Mutex(try KafkaClient(.producer, configuration, logger: logger))
    }

    /// Creates the topics that do not exist. Existing ones are left as they are.
    ///
    /// The embedded broker cannot be asked for partitions or retention: there a topic that it does
    /// not know from its start gets the broker's own number.
    public func ensureTopics(
        _ topics: [TopicSpecification], timeout: Duration = .seconds(10)
    ) async throws(BusError) {
        try await ask(timeout) { questions throws(BusError) in
            let known = try questions.topics()
            let missing = topics.filter { known[$0.name] == nil }
            if missing.isEmpty { return }
            let requests = AdminRequests(questions: questions)
            if questions.isEmbedded() {
                for topic in missing { try requests.makeByAsking(topic.name) }
            } else {
                try requests.create(missing)
            }
            try requests.waitUntilKnown(missing.map(\.name))
        }
    }

    /// Deletes a topic and what it holds. Unsupported by the embedded broker.
    public func deleteTopic(
        _ name: String, timeout: Duration = .seconds(10)
    ) async throws(BusError) {
        try await ask(timeout) { questions throws(BusError) in
            if questions.isEmbedded() {
                throw BusError(
                    .unsupported, operation: "delete topic",
                    message: "the embedded broker deletes no topics")
            }
            try AdminRequests(questions: questions).delete(name)
        }
    }

    /// The names of all topics, without the broker's internal ones.
    public func topics(timeout: Duration = .seconds(10)) async throws(BusError) -> [String] {
        try await ask(timeout) { questions throws(BusError) in try questions.topics().keys.sorted()
        }
    }

    /// How many partitions a topic has. Throws `unknownTopic` when there is no such topic.
    public func partitions(
        of topic: String, timeout: Duration = .seconds(10)
    ) async throws(BusError) -> Int32 {
        try await ask(timeout) { questions throws(BusError) in
            try questions.partitions(of: [topic])[0].count
        }
    }

    /// The ends of each partition of a topic, in order of partitions.
    public func watermarks(
        _ topic: String, timeout: Duration = .seconds(10)
    ) async throws(BusError) -> [Watermarks] {
        try await ask(timeout) { questions throws(BusError) in
            try questions.watermarks(try questions.partitions(of: [topic])).map(\.marks)
        }
    }

    /// How far `group` is in `topics`, in order of topics and partitions.
    public func groupLag(
        _ group: String, topics: [String], timeout: Duration = .seconds(10)
    ) async throws(BusError) -> [PartitionLag] {
        let (configuration, logger) = (configuration, logger)
        return try await ask(timeout) { questions throws(BusError) in
            let counts = try questions.partitions(of: topics)
            let member = try KafkaClient(
                .member, configuration,
                own: [("group.id", group), ("enable.auto.commit", "false")], logger: logger)
            let committed = try questions.untilDeadline { () throws(BusError) in
                try ClusterQuestions(member, until: questions.deadline).committed(counts)
            }
            return try questions.watermarks(counts).map { topic, marks in
                PartitionLag(
                    topic: topic, partition: marks.partition,
                    committed: committed[PartitionKey(topic: topic, partition: marks.partition)],
                    low: marks.low, high: marks.high)
            }
        }
    }

    private func ask<R: Sendable>(
        _ timeout: Duration,
        _ body: @escaping @Sendable (ClusterQuestions) throws(BusError) -> R
    ) async throws(BusError) -> R {
        guard let client = client.withLock({ $0 }) else {
            throw BusError(.closed, operation: "ask", message: "the administration is closed")
        }
        return try await NamedThread.run("kafka") { () throws(BusError) -> R in
            client.discardEvents()
            return try body(ClusterQuestions(client, timeout: timeout))
        }
    }

    /// Closes the connections. Safe to call twice.
    public func close() async {
        client.withLock { $0 = nil }
    }
}
