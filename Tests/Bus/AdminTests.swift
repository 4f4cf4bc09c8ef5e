import Runtime
import TestSupport
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(10)))
struct AdminTests {
    @Test(arguments: TestKafka.servers)
    func topicsAreMadeOnceAndTheirEndsAreKnown(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            try await rig.admin.ensureTopics([TopicSpecification(rig.topic, partitions: 9)])
            #expect(try await rig.admin.topics().contains(rig.topic))
            #expect(try await rig.admin.partitions(of: rig.topic) == 4)
            try await rig.send(["a", "b"], to: 1)
            let marks = try await rig.admin.watermarks(rig.topic)
            #expect(marks.map(\.partition) == [0, 1, 2, 3])
            #expect(marks.map(\.high) == [0, 2, 0, 0])
            let lag = try await rig.admin.groupLag("nobody", topics: [rig.topic])
            #expect(lag.map(\.lag) == [0, 2, 0, 0])
            #expect(lag.allSatisfy { $0.committed == nil })
        }
    }

    @Test(arguments: TestKafka.servers)
    func anUnknownTopicIsSaidToBeUnknownAndNotMade(server: TestKafka.Server) async throws {
        try await BusRig.with(server) { rig in
            let name = TestKafka.uniqueTopic()
            for _ in 0..<2 {
                let error = await #expect(throws: BusError.self) {
                    try await rig.admin.partitions(of: name)
                }
                #expect(error?.code == .unknownTopic)
            }
        }
    }

    /// As while a cluster elects leaders anew; a topic that nobody has made stays an error.
    @Test func aNamedPartitionThatIsUnknownIsAskedForAgain() {
        let unknownPartition = BusError(
            .unknownTopic, operation: "look up offsets", message: "unknown", number: -190)
        let unknownTopic = BusError(
            .unknownTopic, operation: "look up offsets", message: "unknown", number: 3)
        #expect(!unknownPartition.isRetriable)
        #expect(ClusterQuestions.ofNamedPartition(unknownPartition).isRetriable)
        #expect(ClusterQuestions.ofNamedPartition(unknownTopic) == unknownTopic)
    }

    @Test func anAbsentBrokerIsUnreachable() async throws {
        let port = try FreePorts.take(1)
        let admin = try BusAdmin(
            BusConfiguration(bootstrapServers: "127.0.0.1:\(port)"), loop: EventLoop(),
            logger: .silent)
        let error = await #expect(throws: BusError.self) {
            try await admin.topics(timeout: .milliseconds(200))
        }
        #expect(error?.code == .unreachable)
        await admin.close()
        await #expect(throws: BusError.self) { try await admin.topics() }
    }
}
