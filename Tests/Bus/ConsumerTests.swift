import Bus
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConsumerTests {
    @Test(arguments: TestKafka.servers)
    func recordsArriveWholeAndInTheOrderOfTheirKeys(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            let time = Timestamp(seconds: 1_767_225_600)
            let sent = (0..<200).map { number in
                BusRecord(
                    topic: rig.topic, key: Array("key-\(number % 7)".utf8),
                    value: Array("\(number)".utf8),
                    headers: BusHeaders([("a", [1, 2]), ("a", []), ("b", [3])]), timestamp: time)
            }
            for result in await rig.producer.send(batch: sent) { _ = try result.get() }
            let received = Received()
            try await rig.withMember(of: rig.topic) {
                received.add($0)
            } _: {
                await received.wait(count: 200)
            }
            #expect(received.records.count == 200)
            for (_, records) in Dictionary(grouping: received.records, by: \.key) {
                let numbers = records.compactMap { Int($0.text) }
                #expect(numbers == numbers.sorted())
            }
            let first = try #require(received.records.first)
            #expect(first.headers.fields.map(\.name) == ["a", "a", "b"])
            #expect(first.headers.fields.map(\.value) == [[1, 2], [], [3]])
            #expect(first.timestamp == time)
        }
    }

    @Test func howOldTheRecordIsThatIsNotHandledIsMeasured() async throws {
        try await BusRig.with(.embedded) { rig in
            let time = SystemClock().now() - .seconds(60)
            let record = BusRecord(
                topic: rig.topic, partition: 0, value: Array("a".utf8), timestamp: time)
            _ = try await rig.producer.send(record)
            let oldest = rig.metrics.gauge(
                "souk_bus_oldest_seconds",
                "The age of the oldest record whose handler has not returned; 0 for none.",
                labels: ["group", "topic"])
            func age() -> Double {
                _ = rig.metrics.render()
                return oldest.value(rig.topic, rig.topic)
            }
            let isBroken = Atomic(true)
            struct Broken: Error {}
            let received = Received()
            try await rig.withMember(of: rig.topic) { batch in
                if isBroken.load(ordering: .relaxed) { throw Broken() }
                received.add(batch)
            } _: {
                while age() < 60 { try Task.checkCancellation() }
                isBroken.store(false, ordering: .relaxed)
                await received.wait(count: 1)
                while age() > 0 { try Task.checkCancellation() }
            }
        }
    }

    @Test(arguments: TestKafka.servers)
    func theFirstRecordsFromAPlaceAreFoundWithoutAGroup(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.send(["a", "b", "c", "d"], to: 1)
            try await rig.send(["x"], to: 2)
            let found = try await rig.admin.records(
                rig.topic, from: [1: 1, 2: 0, 3: 0], limit: 2, timeout: .seconds(30))
            #expect(Set(found.map(\.text)) == ["b", "c", "x"])
            #expect(try await rig.admin.records(rig.topic, from: [:]).isEmpty)
        }
    }

    @Test(arguments: TestKafka.servers)
    func aNewMemberGoesOnAfterWhatWasHandled(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.send(["a", "b", "c"])
            let first = Received()
            try await rig.withMember(of: rig.topic) {
                first.add($0)
            } _: {
                await first.wait(count: 3)
            }
            let lag = try await rig.admin.groupLag(rig.topic, topics: [rig.topic])
            #expect(lag[0].committed == 3)
            #expect(lag.map(\.lag) == lag.map { _ in 0 })

            try await rig.send(["d", "e"])
            #expect(try await rig.admin.groupLag(rig.topic, topics: [rig.topic])[0].lag == 2)
            let second = Received()
            try await rig.withMember(of: rig.topic) {
                second.add($0)
            } _: {
                await second.wait(count: 2)
            }
            #expect(second.texts == ["d", "e"])
        }
    }

    @Test(arguments: TestKafka.servers)
    func whatWasNotHandledIsDeliveredAgain(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.send(["a", "b"])
            let refused = Received()
            try await rig.withMember(of: rig.topic) { batch in
                refused.add(batch)
                throw Refusal()
            } _: {
                await refused.wait(count: 2)
            }
            let received = Received()
            try await rig.withMember(of: rig.topic) {
                received.add($0)
            } _: {
                await received.wait(count: 2)
            }
            #expect(received.texts == ["a", "b"])
        }
    }

    @Test(arguments: TestKafka.servers)
    func aFailedBatchIsOfferedAgainWhileOtherPartitionsGoOn(
        server: TestKafka.Server
    ) async throws {
        try await BusRig.with(server) { rig in
            let attempts = Mutex(0)
            let received = Received()
            try await rig.send(["a", "b"], to: 0)
            try await rig.withMember(of: rig.topic) { batch in
                if batch.partition == 0 {
                    // Partition 0 works only after something of partition 1 was handled.
                    attempts.withLock { $0 += 1 }
                    guard received.records.contains(where: { $0.partition == 1 }) else {
                        throw Refusal()
                    }
                }
                received.add(batch)
            } _: {
                while attempts.withLock({ $0 }) < 2 {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                try await rig.send(["other"], to: 1)
                await received.wait(count: 3)
            }
            #expect(received.texts == ["other", "a", "b"])
            #expect(attempts.withLock { $0 } >= 3)
        }
    }

    @Test(arguments: TestKafka.servers)
    func aSlowPartitionHoldsUpNeitherMemoryNorTheOthers(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            var options = BusConsumer.Options()
            options.batchLimit = 10
            options.bufferLimit = 20
            let (release, releasing) = AsyncStream<Void>.makeStream()
            let slow = Received()
            let quick = Received()
            let texts = (0..<500).map { "\($0)" }
            try await rig.send(texts, to: 0)
            try await rig.withMember(of: rig.topic, options: options) { batch in
                #expect(batch.records.count <= 10)
                if batch.partition == 1 { return quick.add(batch) }
                if slow.records.isEmpty { for await _ in release { break } }
                slow.add(batch)
            } _: {
                try await rig.send(texts, to: 1)
                await quick.wait(count: 500)
                #expect(slow.records.isEmpty)
                releasing.finish()
                await slow.wait(count: 500)
            }
            #expect(slow.texts == texts)
            #expect(quick.texts == texts)
        }
    }
}

private struct Refusal: Error {}
