import Bus
import Runtime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct EmbeddedBrokerTests {
    @Test func clientsReachItAtTheGivenPort() async throws {
        let port = try FreePorts.take(1)
        let broker = try EmbeddedBroker(port: port, partitions: 3, topics: ["a"])
        #expect(broker.bootstrapServers == "127.0.0.1:\(port)")
        let bus = try BusConfiguration(bootstrapServers: broker.bootstrapServers)
        let loop = EventLoop()
        let producer = try BusProducer(bus, loop: loop, logger: .silent, metrics: Metrics())
        let admin = try BusAdmin(bus, loop: loop, logger: .silent)

        let delivery = try await producer.send(
            BusRecord(topic: "a", partition: 1, value: Array("x".utf8)))

        #expect(delivery == Delivery(partition: 1, offset: 0))
        #expect(try await admin.partitions(of: "a") == 3)
        #expect(try await admin.watermarks("a").map(\.high) == [0, 1, 0])
        await producer.close()
        await admin.close()
        await broker.stop()
    }

    @Test func aPortInUseIsSaidInASentence() throws {
        let port = try FreePorts.take(1)
        let first = try EmbeddedBroker(port: port, topics: [])
        #expect(throws: BusError.self) { try EmbeddedBroker(port: port, topics: []) }
        withExtendedLifetime(first) {}
    }

    @Test func severalBrokersStandAtPortsInARow() async throws {
        let port = try FreePorts.take(2)
        let broker = try EmbeddedBroker(port: port, partitions: 4, brokers: 2, topics: ["a"])
        let bus = try BusConfiguration(bootstrapServers: "127.0.0.1:\(port)")
        let producer = try BusProducer(
            bus, loop: EventLoop(), logger: .silent, metrics: Metrics())
        let results = await producer.send(
            batch: (0..<4).map { BusRecord(topic: "a", partition: $0, value: [1]) })
        #expect(results.allSatisfy { (try? $0.get())?.offset == 0 })
        await producer.close()
        await broker.stop()
    }
}
