import Bus
import EventTypes
import Runtime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ReaderTests {
    @Test(arguments: TestKafka.servers)
    func aReadingStartsWhereItIsToldAndEndsAtTheEnd(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            let start = Timestamp(seconds: 1_767_225_600)
            // Each in a batch of its own, as the embedded broker finds batches only.
            for number in 0..<5 {
                _ = try await rig.producer.send(
                    BusRecord(
                        topic: rig.topic, partition: 0, value: Array("\(number)".utf8),
                        timestamp: start + .seconds(number)))
            }
            try await rig.send(["x"], to: 2)
            func texts(_ start: BusReader.Start) async throws -> [String] {
                try await rig.read(start).filter { $0.partition == 0 }.flatMap(\.records)
                    .map(\.text)
            }
            #expect(try await texts(.beginning) == ["0", "1", "2", "3", "4"])
            #expect(try await texts(.timestamp(start + .milliseconds(2_500))) == ["3", "4"])
            #expect(try await texts(.timestamp(start + .seconds(60))) == [])
            #expect(try await texts(.offset(1)) == ["1", "2", "3", "4"])
            #expect(try await texts(.last(2)) == ["3", "4"])
            #expect(Set(try await rig.read(.beginning).map(\.partition)) == [0, 2])
        }
    }

    @Test(arguments: TestKafka.servers)
    func aReadingDisturbsNoGroupAndSaysHowFarItIs(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.send((0..<10).map { "\($0)" })
            let received = Received()
            try await rig.withMember(of: rig.topic) {
                received.add($0)
            } _: {
                await received.wait(count: 10)
                let before = try await rig.admin.groupLag(rig.topic, topics: [rig.topic])
                let steps = ProgressSteps()
                let reader = try BusReader(rig.bus, loop: rig.loop, logger: .silent)
                let reading = reader.read([rig.topic], batchLimit: 4) { steps.add($0) }
                for _ in 0..<2 {
                    var count = 0
                    for try await batch in reading {
                        #expect(batch.records.count <= 4)
                        count += batch.records.count
                    }
                    #expect(count == 10)
                }
                #expect(steps.all.last == steps.all.first.map { .init($0, done: 10) })
                let after = try await rig.admin.groupLag(rig.topic, topics: [rig.topic])
                #expect(before.map(\.high) == after.map(\.high))
                // It still gets what is new, once.
                try await rig.send(["new"])
                await received.wait(count: 11)
            }
            #expect(received.records.count == 11)
        }
    }

    @Test(arguments: TestKafka.servers)
    func aReadingWithoutEndWaitsForWhatIsNew(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.send(["old"])
            let reader = try BusReader(rig.bus, loop: rig.loop, logger: .silent)
            var iterator = reader.read([rig.topic], from: .last(1), until: .never)
                .makeAsyncIterator()
            #expect(try await iterator.next()?.records.map(\.text) == ["old"])
            try await rig.send(["new"])
            #expect(try await iterator.next()?.records.map(\.text) == ["new"])
        }
    }

    @Test(.enabled(if: TestKafka.testsClusters), .timeLimit(.minutes(5)))
    func aReadingFindsWhoLeadsNow() async throws {
        try await ApacheCluster.with(nodes: 3) { cluster in
            try await BusRig.with(bus: cluster.bus, partitions: 6) { rig in
                for partition in 0..<6 { try await rig.send(["a"], to: Int32(partition)) }
                // The others still name it as the leader of a third of the partitions.
                cluster.kill(1)
                let batches = try await rig.read(.beginning)
                #expect(Set(batches.map(\.partition)) == Set(0..<6))
            }
        }
    }
}
