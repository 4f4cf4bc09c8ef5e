internal import Synchronization

/// Sends finished spans to an OpenTelemetry collector: OTLP 1 over HTTP, in JSON.
///
/// Spans wait in a bounded queue; what does not fit is dropped and counted. It sends when a batch
/// is full, when `interval` has passed, and what is left when it is asked to stop.
public final class OTLPExporter: Component {
    /// The most spans that wait.
    public static let queueLimit = 4_096
    /// The most spans of one request.
    public static let batchLimit = 512
    /// How often a batch is tried while the collector says that it is busy.
    public static let attemptLimit = 3

    /// A request to the collector.
    public struct Request: Sendable {
        /// The address to POST to.
        public let url: String
        /// Headers, `Content-Type` among them.
        public let headers: [(name: String, value: String)]
        /// The body in JSON.
        public let body: [UInt8]
    }

    private struct Queue {
        var spans: [FinishedSpan] = []
    }

    private let url: String
    private let headers: [(name: String, value: String)]
    private let encoding: OTLPText
    private let interval: Duration
    private let logger: Logger
    private let exported: Counter
    private let dropped: Counter
    private let send: @Sendable (Request) async throws -> Int
    private let queue = Mutex(Queue())
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// An exporter to the collector at `endpoint`, as `OTEL_EXPORTER_OTLP_ENDPOINT` names it.
    ///
    /// - Parameters:
    ///   - headers: `name=value,name=value`, as `OTEL_EXPORTER_OTLP_HEADERS` has them.
    ///   - send: makes the HTTP request and gives the status code.
    public init(
        service: String, version: String, endpoint: String, headers: String? = nil,
        interval: Duration = .seconds(5), logger: Logger, metrics: Metrics,
        send: @escaping @Sendable (Request) async throws -> Int
    ) {
        url = endpoint + "/v1/traces"
        self.headers = [("Content-Type", "application/json")] + Self.parse(headers ?? "")
        encoding = OTLPText(service: service, version: version)
        self.interval = interval
        self.logger = logger
        exported = metrics.counter(
            "souk_trace_spans_exported_total", "Spans that the collector took.")
        dropped = metrics.counter(
            "souk_trace_spans_dropped_total", "Spans that were lost: no room, or no collector.")
        self.send = send
    }

    /// Queues a span; never waits.
    public func export(_ span: FinishedSpan) {
        let (isTaken, isFull) = queue.withLock { queue in
            guard queue.spans.count < Self.queueLimit else { return (false, true) }
            queue.spans.append(span)
            return (true, queue.spans.count % Self.batchLimit == 0)
        }
        if !isTaken { dropped.add() }
        if isFull { wake.continuation.yield() }
    }

    /// Sends until it is asked to stop, then what is left.
    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.onShutdown { [wake] in wake.continuation.finish() }
        lifecycle.ready()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [interval, wake] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval)
                    wake.continuation.yield()
                }
            }
            for await _ in wake.stream { await sendAll() }
            await sendAll()
            group.cancelAll()
        }
    }

    private func sendAll() async {
        while !Task.isCancelled {
            let batch = queue.withLock { queue in
                let batch = Array(queue.spans.prefix(Self.batchLimit))
                queue.spans.removeFirst(batch.count)
                return batch
            }
            if batch.isEmpty { return }
            let body = Array(encoding.text(batch).utf8)
            if await deliver(Request(url: url, headers: headers, body: body)) {
                exported.add(batch.count)
            } else {
                dropped.add(batch.count)
            }
        }
    }

    private func deliver(_ request: Request) async -> Bool {
        for _ in 1...Self.attemptLimit {
            do {
                let status = try await send(request)
                if (200..<300).contains(status) { return true }
                // The statuses that OTLP/HTTP calls retryable.
                guard [429, 502, 503, 504].contains(status) else {
                    logger.warning("the trace collector refused spans", ["status": status])
                    return false
                }
            } catch {
                logger.warning("the trace collector cannot be reached", ["error": "\(error)"])
                return false
            }
        }
        logger.warning("the trace collector is busy", ["attempts": Self.attemptLimit])
        return false
    }

    private static func parse(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: ",").compactMap { pair in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            let name = pair[..<equals].filter { $0 != " " }
            let value = pair[pair.index(after: equals)...].drop { $0 == " " }
            return name.isEmpty ? nil : (String(name), decodingPercents(String(value)))
        }
    }

    private static func decodingPercents(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
