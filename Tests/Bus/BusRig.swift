import Bus
import Runtime
import TestSupport

/// A topic on a broker, and clients of it.
struct BusRig: Sendable {
    let bus: BusConfiguration
    let topic: String
    let loop: EventLoop
    let producer: BusProducer
    let admin: BusAdmin
    let log = RecordingLogSink()
    let metrics = Metrics()

    static func with<R>(
        _ server: TestKafka.Server, _ body: (BusRig) async throws -> R
    ) async throws -> R {
        try await TestKafka.with(server) { try await with(bus: $0, body) }
    }

    static func with<R>(
        bus: BusConfiguration, partitions: Int32 = 4, _ body: (BusRig) async throws -> R
    ) async throws -> R {
        let loop = EventLoop(name: "bus-test")
        let rig = BusRig(
            bus: bus, topic: TestKafka.uniqueTopic(), loop: loop,
            producer: try BusProducer(bus, loop: loop, logger: .silent, metrics: Metrics()),
            admin: try BusAdmin(bus, loop: loop, logger: .silent))
        try await rig.admin.ensureTopics([TopicSpecification(rig.topic, partitions: partitions)])
        let result = try await body(rig)
        await rig.producer.close()
        await rig.admin.close()
        return result
    }

    /// Sends texts to one partition.
    func send(_ texts: [String], to partition: Int32 = 0) async throws {
        let records = texts.map {
            BusRecord(topic: topic, partition: partition, value: Array($0.utf8))
        }
        for result in await producer.send(batch: records) { _ = try result.get() }
    }

    /// Runs a member of `group` around `body`; it has left when this returns.
    func withMember<R: Sendable>(
        of group: String, options: BusConsumer.Options = .init(),
        handler: @escaping @Sendable (PartitionBatch) async throws -> Void,
        _ body: () async throws -> R
    ) async throws -> R {
        let consumer = try BusConsumer(
            bus, group: group, topics: [topic], loop: loop, logger: .recording(log),
            metrics: metrics, options: options)
        let lifecycle = Lifecycle()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await consumer.run(lifecycle, handler: handler) }
            let result = try await body()
            lifecycle.requestShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// Every record of a reading, batch by batch.
    func read(_ start: BusReader.Start) async throws -> [PartitionBatch] {
        let reader = try BusReader(bus, loop: loop, logger: .silent)
        var batches: [PartitionBatch] = []
        for try await batch in reader.read([topic], from: start) { batches.append(batch) }
        return batches
    }
}
