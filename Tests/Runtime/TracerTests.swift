import EventTypes
import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TracerTests {
    private let metrics = Metrics()
    private let clock = ManualClock(Timestamp(seconds: 1_000))

    private func exporter(
        _ collector: Collector, logger: Logger = .silent
    ) -> OTLPExporter {
        OTLPExporter(
            service: "wallet", version: "1.2", endpoint: "http://collector:4318",
            headers: "x-team=a%20b, x-other=c", interval: .seconds(3_600), logger: logger,
            metrics: metrics, send: collector.receive)
    }

    /// Runs the exporter over what was queued, until all is sent.
    private func flush(_ exporter: OTLPExporter) async throws {
        let lifecycle = Lifecycle()
        lifecycle.requestShutdown()
        try await exporter.run(lifecycle)
    }

    @Test func aSpanReachesTheCollectorWithItsPlaceInTheTrace() async throws {
        let collector = Collector()
        let exporter = exporter(collector)
        let tracer = Tracer(exporter: exporter, clock: clock, random: SeededRandom())
        let parent = TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        await tracer.span(
            "GET /a", kind: .server, parent: parent, attributes: ["password": "x", "n": 1]
        ) { span in
            span.add(["http.response.status_code": 200, "ok": true])
            #expect(TraceContext.current == span.context)
        }
        try await flush(exporter)

        let request = try #require(collector.requests.first)
        #expect(request.url == "http://collector:4318/v1/traces")
        #expect(
            request.headers.map { "\($0.name): \($0.value)" }.sorted() == [
                "Content-Type: application/json", "x-other: c", "x-team: a b",
            ])
        let span = try #require(collector.spans.first)
        #expect(span["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span["parentSpanId"] as? String == "00f067aa0ba902b7")
        #expect((span["spanId"] as? String)?.count == 16)
        #expect(span["kind"] as? Int == 2)
        #expect(span["startTimeUnixNano"] as? String == "1000000000000")
        #expect(span["status"] == nil)
        let attributes = Collector.attributes(span)
        #expect(attributes["password"] == "stringValue [redacted]")
        #expect(attributes["n"] == "intValue 1")
        #expect(attributes["http.response.status_code"] == "intValue 200")
        #expect(attributes["ok"] == "boolValue 1")
    }

    @Test func aSpanWithinASpanIsItsChildAndAnErrorMarksIt() async throws {
        struct Refused: Error {}
        let collector = Collector()
        let exporter = exporter(collector)
        let tracer = Tracer(exporter: exporter, clock: clock)
        await #expect(throws: Refused.self) {
            try await tracer.span("outer") {
                try await tracer.span("inner") { throw Refused() }
            }
        }
        try await flush(exporter)
        let inner = try #require(collector.spans.first { $0["name"] as? String == "inner" })
        let outer = try #require(collector.spans.first { $0["name"] as? String == "outer" })
        #expect(inner["parentSpanId"] as? String == outer["spanId"] as? String)
        #expect(inner["traceId"] as? String == outer["traceId"] as? String)
        #expect(outer["parentSpanId"] == nil)
        #expect((inner["status"] as? [String: Any])?["code"] as? Int == 2)
        #expect((inner["status"] as? [String: Any])?["message"] as? String == "Refused")
    }

    @Test func withoutAnExporterAContextPassesThroughUnchanged() async {
        let parent = TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        await Tracer.disabled.span("work", parent: parent) {
            #expect(TraceContext.current == parent)
        }
        #expect(!Tracer.disabled.root().isSampled)
    }

    @Test func whatTheCallerDoesNotSampleIsNotExported() async throws {
        let collector = Collector()
        let exporter = exporter(collector)
        let tracer = Tracer(exporter: exporter, sampling: 0)
        let parent = TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
        await tracer.span("theirs", parent: parent) {}
        await tracer.span("ours", parent: nil) {}
        try await flush(exporter)
        #expect(collector.requests.isEmpty)
    }

    @Test func aFullBatchIsSentWithoutWaitingAndTheRestAtTheEnd() async throws {
        let collector = Collector()
        let exporter = exporter(collector)
        let tracer = Tracer(exporter: exporter)
        let lifecycle = Lifecycle()
        async let running: Void = exporter.run(lifecycle)
        for _ in 0..<OTLPExporter.batchLimit { await tracer.span("a") {} }
        await collector.firstRequest()
        await tracer.span("b") {}
        lifecycle.requestShutdown()
        try await running
        #expect(collector.spans.count == OTLPExporter.batchLimit + 1)
    }

    @Test func spansThatFindNoRoomAreDroppedAndCounted() async throws {
        let collector = Collector()
        let exporter = exporter(collector)
        let tracer = Tracer(exporter: exporter)
        for _ in 0..<OTLPExporter.queueLimit + 3 { await tracer.span("a") {} }
        try await flush(exporter)
        #expect(collector.spans.count == OTLPExporter.queueLimit)
        #expect(metrics.render().contains("souk_trace_spans_dropped_total 3\n"))
        #expect(metrics.render().contains("souk_trace_spans_exported_total 4096\n"))
    }

    @Test func aBusyCollectorIsAskedAgainAndARefusalIsNot() async throws {
        let busy = Collector(statuses: [503, 429, 200])
        let patient = exporter(busy)
        await Tracer(exporter: patient).span("a") {}
        try await flush(patient)
        #expect(busy.requests.count == 3)

        let refusing = Collector(statuses: [400, 200])
        let sink = RecordingLogSink()
        let refused = exporter(refusing, logger: .recording(sink))
        await Tracer(exporter: refused).span("a") {}
        try await flush(refused)
        #expect(refusing.requests.count == 1)
        #expect(sink.messages == ["the trace collector refused spans"])
    }
}

/// Stands in for an OpenTelemetry collector.
private final class Collector: Sendable {
    private struct State {
        var requests: [OTLPExporter.Request] = []
        var statuses: [Int]
    }
    private let state: Mutex<State>
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    init(statuses: [Int] = []) { state = Mutex(State(statuses: statuses)) }

    @Sendable func receive(_ request: OTLPExporter.Request) async throws -> Int {
        let status = state.withLock { state in
            state.requests.append(request)
            return state.statuses.isEmpty ? 200 : state.statuses.removeFirst()
        }
        arrivals.continuation.yield()
        return status
    }

    func firstRequest() async { for await _ in arrivals.stream { return } }

    var requests: [OTLPExporter.Request] { state.withLock { $0.requests } }

    var spans: [[String: Any]] {
        requests.flatMap { request -> [[String: Any]] in
            let body = try? JSONSerialization.jsonObject(with: Data(request.body))
            let resources = (body as? [String: Any])?["resourceSpans"] as? [[String: Any]] ?? []
            let scopes = resources.flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
            return scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] }
        }
    }

    static func attributes(_ span: [String: Any]) -> [String: String] {
        var result: [String: String] = [:]
        for attribute in span["attributes"] as? [[String: Any]] ?? [] {
            guard let key = attribute["key"] as? String,
                let value = (attribute["value"] as? [String: Any])?.first
            else { continue }
            let text = (value.value as? Bool).map { $0 ? "1" : "0" } ?? "\(value.value)"
            result[key] = "\(value.key) \(value.key == "boolValue" ? text : "\(value.value)")"
        }
        return result
    }
}
