import CKafka
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(10)))
struct ProducerTests {
    @Test(arguments: TestKafka.servers)
    func resultsStandInTheOrderOfTheRecords(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            let large = [UInt8](repeating: 0, count: BusConfiguration.maximumRecordBytes + 1)
            let results = await rig.producer.send(batch: [
                BusRecord(topic: rig.topic, partition: 3, value: [1]),
                BusRecord(topic: rig.topic, partition: 3, value: large),
                BusRecord(topic: rig.topic, partition: 3, value: [2]),
            ])
            #expect(results[0] == .success(Delivery(partition: 3, offset: 0)))
            guard case .failure(let error) = results[1] else {
                Issue.record("it was sent")
                return
            }
            #expect(error.code == .tooLarge)
            #expect(results[2] == .success(Delivery(partition: 3, offset: 1)))
            await rig.producer.flush()
        }
    }

    @Test func moreThanTheQueueHoldsIsSentAllTheSame() async throws {
        try await BusRig.with(.embedded) { rig in
            let count = 60_000
            let results = await rig.producer.send(
                batch: (0..<count).map { _ in
                    BusRecord(topic: rig.topic, partition: 0, value: [])
                })
            let offsets = results.compactMap { try? $0.get().offset }
            #expect(offsets == (0..<Int64(count)).map { $0 })
        }
    }

    @Test func whatCannotBeDeliveredInTimeFailsWhenItIsClosed() async throws {
        let port = try FreePorts.take(1)
        let producer = try BusProducer(
            BusConfiguration(bootstrapServers: "127.0.0.1:\(port)"), loop: EventLoop(),
            logger: .silent, metrics: Metrics())
        async let sending = producer.send(batch: [BusRecord(topic: "a", value: [1])])
        await producer.close(deadline: .milliseconds(1))
        guard case .failure(let error) = await sending[0] else {
            Issue.record("it was delivered")
            return
        }
        #expect(error.code == .closed)
        let late = await producer.send(batch: [BusRecord(topic: "a", value: [1])])
        if case .failure(let error) = late[0] { #expect(error.code == .closed) }
    }

    @Test func anotherClientGoesOnForOneThatHasLostItsPlace() async throws {
        try await BusRig.with(.embedded) { rig in
            _ = try await rig.producer.send(BusRecord(topic: rig.topic, value: [1]))
            let held = await rig.producer.begin(
                batch: (0..<1_000).map { _ in BusRecord(topic: rig.topic, value: [2]) })
            try loseItsPlace(rig.producer)
            for result in await held.results() {
                if case .failure(let error) = result { #expect(error.code == .fatal) }
            }
            var refused: [BusError] = []
            while true {
                do throws(BusError) {
                    _ = try await rig.producer.send(BusRecord(topic: rig.topic, value: [3]))
                    break
                } catch {
                    refused.append(error)
                }
            }
            #expect(refused.allSatisfy { $0.code == .fatal })
            try loseItsPlace(rig.producer)
            await rig.producer.close()
        }
    }

    private func loseItsPlace(_ producer: BusProducer) throws {
        let client = try #require(producer.client.withLock { $0 })
        #expect(
            rd_kafka_test_fatal_error(
                client.handle, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test")
                == RD_KAFKA_RESP_ERR_NO_ERROR)
    }
}
