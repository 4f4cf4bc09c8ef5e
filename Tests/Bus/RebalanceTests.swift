import Bus
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RebalanceTests {
    @Test(arguments: TestKafka.servers)
    func partitionsMoveWithoutBeingHandledTwiceAtATime(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            let busy = Mutex<Set<Int32>>([])
            let first = Received()
            let second = Received()
            @Sendable func handle(_ batch: PartitionBatch, into received: Received) async {
                #expect(busy.withLock { $0.insert(batch.partition).inserted })
                for _ in 0..<50 { await Task.yield() }
                _ = busy.withLock { $0.remove(batch.partition) }
                received.add(batch)
            }
            func sendToAll(_ round: Int) async throws {
                for partition in Int32(0)..<4 {
                    try await rig.send(["\(round)"], to: partition)
                }
            }
            var rounds = 0
            try await rig.withMember(of: rig.topic) {
                await handle($0, into: first)
            } _: {
                try await sendToAll(0)
                await first.wait(count: 4)
                try await rig.withMember(of: rig.topic) {
                    await handle($0, into: second)
                } _: {
                    while second.records.isEmpty {
                        try Task.checkCancellation()
                        rounds += 1
                        try await sendToAll(rounds)
                    }
                }
                // The second has left: the first gets everything again.
                try await sendToAll(rounds + 1)
                let last = "\(rounds + 1)"
                // By partition: what a rebalance overtook may be handled again.
                await first.wait { records in
                    Set(records.filter { $0.text == last }.map(\.partition)).count == 4
                }
            }
            #expect(!second.records.isEmpty)
            let places = Set(
                (first.records + second.records).map { "\($0.partition!)/\($0.offset!)" })
            #expect(places.count == 4 * (rounds + 2))
        }
    }

    @Test func aBrokerThatIsLostAndBackIsFoundAgain() async throws {
        let port = try FreePorts.take(1)
        let broker = try EmbeddedBroker(port: port, partitions: 2, topics: ["events"])
        let bus = try BusConfiguration(
            bootstrapServers: broker.bootstrapServers,
            extra: ["session.timeout.ms": "4000", "heartbeat.interval.ms": "200"])
        let loop = EventLoop()
        let producer = try BusProducer(bus, loop: loop, logger: .silent, metrics: Metrics())
        let consumer = try BusConsumer(
            bus, group: "g", topics: ["events"], loop: loop, logger: .silent, metrics: Metrics())
        let received = Received()
        let lifecycle = Lifecycle()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await consumer.run(lifecycle) { received.add($0) } }
            _ = try await producer.send(BusRecord(topic: "events", value: Array("before".utf8)))
            await received.wait(count: 1)
            // What is not committed yet would be committed on the next broker, which has it not.
            let admin = try BusAdmin(bus, loop: loop, logger: .silent)
            while try await admin.groupLag("g", topics: ["events"]).allSatisfy({
                $0.committed == nil
            }) {}
            await admin.close()
            await broker.stop()

            async let delivery = producer.send(
                BusRecord(topic: "events", value: Array("meanwhile".utf8)))
            let again = try EmbeddedBroker(port: port, partitions: 2, topics: ["events"])
            _ = try await delivery
            await received.wait { $0.contains { $0.text == "meanwhile" } }

            lifecycle.requestShutdown()
            try await tasks.waitForAll()
            await producer.close()
            await again.stop()
        }
    }
}
