import Bus
import TestSupport
import Testing

/// The journey over Apache Kafka, where one is at hand (`KAFKA_HOME`).
@Suite(.enabled(if: TestKafka.servers.contains(.apache)), .timeLimit(.minutes(10)))
struct ApacheJourneyTests {
    @Test func everyCentArrivesOverApacheKafkaToo() async throws {
        try await TestKafka.with(.apache) { bus in
            let platform = try LivePlatform(brokers: bus.bootstrapServers)
            defer { platform.remove() }
            try await platform.start()
            let (status, output) = try await platform.souk("demo", "--customers", "6")
            #expect(status == 0, "\(output)")
            #expect(output.contains("Equal to the cent"), "\(output)")
            let (stopped, took) = try await platform.stop()
            #expect(stopped == 0)
            #expect(took < .seconds(5))
        }
    }

    /// Checkouts included: the demonstration makes them too.
    @Test(.enabled(if: TestKafka.testsClusters))
    func theProofHoldsWhenNodesAndServicesAreKilled() async throws {
        try await ApacheCluster.with(nodes: 3) { cluster in
            let platform = try LivePlatform(brokers: cluster.bus.bootstrapServers)
            defer { platform.remove() }
            try await platform.start()
            let demo = try platform.starting("demo", "--customers", "12")
            let victims: [(stage: String, programs: [String], node: Int?)] = [
                ("customers", ["user"], 0), ("sales", ["cashback"], nil),
                ("approvals", ["wallet"], 1), ("carts", ["order"], nil),
                ("checkouts", ["order", "wallet"], 2), ("credits", ["analytics"], nil),
            ]
            var dead: Int?
            for victim in victims {
                _ = await demo.line { $0.hasPrefix(victim.stage) }
                for name in victim.programs { platform.kill(name) }
                guard let node = victim.node else { continue }
                if let dead {
                    try cluster.start(dead)
                    try await ApacheCluster.waitUntilItAnswers(cluster.each[dead])
                }
                cluster.kill(node)
                dead = node
            }
            let status = await demo.end()
            #expect(status == 0, "\(demo.output)")
            #expect(demo.output.contains("Equal to the cent"), "\(demo.output)")
            _ = try await platform.stop()
        }
    }
}
