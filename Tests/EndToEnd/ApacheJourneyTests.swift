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
}
