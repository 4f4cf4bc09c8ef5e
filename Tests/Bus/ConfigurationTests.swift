import Bus
import EventTypes
import Runtime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConfigurationTests {
    @Test func mechanismsThatTheLibraryCannotDoAreRefusedInASentence() throws {
        let error = #expect(throws: BusError.self) {
            try BusConfiguration(
                bootstrapServers: "127.0.0.1:1", securityProtocol: "sasl_ssl",
                saslMechanism: "SCRAM-SHA-512", saslUsername: "u", saslPassword: "hidden")
        }
        guard let error else { return }
        #expect(error.code == .configuration)
        #expect(error.description.contains("SCRAM") && error.description.contains("2.6.1"))
        #expect(!error.description.contains("hidden"))
    }

    @Test(arguments: [["no.such.setting": "1"], ["session.timeout.ms": "soon"]])
    func settingsThatAreNoneAreRefused(extra: [String: String]) throws {
        let error = #expect(throws: BusError.self) {
            try BusConfiguration(bootstrapServers: "127.0.0.1:1", extra: extra)
        }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains(extra.keys.first!) == true)
    }

    @Test(.enabled(if: TestKafka.servers.contains(.apache)))
    func brokersAreReachedWithTLSAndWithAPasswordOverTLS() async throws {
        try await TestKafka.withSecure { secure in
            let topic = TestKafka.uniqueTopic()
            for (number, bus) in [secure.tls, secure.plain].enumerated() {
                let loop = EventLoop()
                let admin = try BusAdmin(bus, loop: loop, logger: .silent)
                try await admin.ensureTopics([TopicSpecification(topic, partitions: 1)])
                let producer = try BusProducer(
                    bus, loop: loop, logger: .silent, metrics: Metrics())
                let delivery = try await producer.send(BusRecord(topic: topic, value: [1]))
                #expect(delivery.offset == Int64(number))
                await producer.close()
                await admin.close()
            }
        }
    }
}
