import EventTypes
import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct LoggerTests {
    private let sink = RecordingLogSink()

    @Test func linesBelowTheLevelAreNotEvenComposed() {
        let logger = Logger(label: "test", level: .notice, sink: sink)
        func compose() -> String {
            Issue.record("composed a line that nobody sees")
            return ""
        }
        logger.debug(compose())
        logger.info(compose())
        logger.notice("started")
        logger.error("failed")
        #expect(sink.messages == ["started", "failed"])
    }

    @Test(arguments: [
        "password", "new_password", "accessToken", "refresh-token", "secret", "Authorization",
        "set-cookie", "email", "user_email", "code", "verification_code", "key", "api_key",
        "apiKey", "idempotency_key", "phone", "remote_address", "ip",
    ])
    func factsThatNameASecretAreRedacted(key: String) {
        #expect(Redaction.isSecret(key))
    }

    @Test(arguments: [
        "status_code", "country_code", "partition_key", "listen_address", "codec", "keyboard",
        "topic", "monkey", "position", "shipment", "emailed_at_count",
    ])
    func factsThatOnlyLookLikeItAreNot(key: String) {
        #expect(!Redaction.isSecret(key))
    }

    @Test func noSinkSeesASecret() {
        let logger = Logger.recording(sink).with(["session_token": "abc"])
        logger.info(
            "connected", ["url": "postgres://wallet:hunter2@db:5432/souk?a=b", "tries": 2])
        let fields = sink.records[0].fields.map { "\($0.key)=\($0.value)" }
        #expect(
            fields == [
                "session_token=[redacted]",
                "url=postgres://wallet:[redacted]@db:5432/souk?a=b", "tries=2",
            ])
    }

    @Test func linesInATraceCarryItsIdentifiers() {
        let trace = TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        WorkScope.$current.withValue(WorkScope(trace: trace)) {
            Logger.recording(sink).info("inside")
        }
        #expect(sink.records[0].trace == trace)
    }

    /// What a sink of this format writes for one line.
    private func written(_ format: LogFormat, _ log: (Logger) -> Void) -> String {
        let pipe = Pipe()
        let sink = StandardLogSink(
            format: format, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let clock = ManualClock(Timestamp("2026-01-31T09:30:00.250Z")!)
        log(Logger(label: "wallet", level: .debug, sink: sink, clock: clock))
        pipe.fileHandleForWriting.closeFile()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func aLineIsOneJSONObjectWithTypedFacts() throws {
        let line = written(.json) {
            $0.warning(
                "odd \"text\"\nand \u{1} more",
                [
                    "count": 3, "ok": true, "ratio": 0.5, "took": Duration.milliseconds(1_500),
                    "name": "ü", "level": "mine", "name": "last",
                ])
        }
        #expect(line.hasSuffix("}\n") && line.filter { $0 == "\n" }.count == 1)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?["time"] as? String == "2026-01-31T09:30:00.250000Z")
        #expect(object?["level"] as? String == "warning")
        #expect(object?["label"] as? String == "wallet")
        #expect(object?["message"] as? String == "odd \"text\"\nand \u{1} more")
        #expect(object?["count"] as? Int == 3)
        #expect(object?["ok"] as? Bool == true)
        #expect(object?["ratio"] as? Double == 0.5)
        #expect(object?["took"] as? Double == 1.5)
        #expect(object?["name"] as? String == "last")
        #expect(object?["level_"] as? String == "mine")
        #expect(line.components(separatedBy: "\"name\"").count == 2)
    }

    @Test func aPrettyLineCannotRewriteTheTerminal() {
        let line = written(.pretty) {
            $0.info("hello \u{1B}[2J", ["who": "a b", "took": Duration.microseconds(1_500)])
        }
        #expect(
            line == "09:30:00.250 INFO    wallet: hello \\u{1B}[2J who=\"a b\" took=1.5ms\n")
    }

    @Test func aLineThatNobodyReadsIsLostWithoutHarm() {
        let pipe = Pipe()
        _ = EventLoopStarted.once
        let sink = StandardLogSink(
            format: .json, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        pipe.fileHandleForReading.closeFile()
        Logger(label: "wallet", sink: sink).info("into the void")
    }
}

/// A loop makes the process ignore SIGPIPE.
private enum EventLoopStarted {
    static let once: Void = { EventLoop().stop() }()
}
