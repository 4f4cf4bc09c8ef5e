/// Measures pieces of work and hands them to an exporter. Without one it measures nothing, and
/// trace contexts from outside pass through unchanged.
public final class Tracer: Sendable {
    private let exporter: OTLPExporter?
    private let sampling: Double
    private let clock: any WallClock
    private let random: any RandomSource

    /// A tracer that hands spans to `exporter` and records this share of the traces that begin
    /// here; traces that began elsewhere are recorded when their beginner says so.
    public init(
        exporter: OTLPExporter? = nil, sampling: Double = 1,
        clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandom()
    ) {
        self.exporter = exporter
        self.sampling = sampling
        self.clock = clock
        self.random = random
    }

    /// A tracer that measures nothing.
    public static let disabled = Tracer()

    /// Whether spans are measured at all.
    public var isEnabled: Bool { exporter != nil }

    /// The context of work that begins here: a new trace, so that its log lines can be found.
    public func root() -> TraceContext {
        let isSampled = isEnabled && isDrawn()
        return TraceContext(
            traceID: TraceID(random: random), spanID: SpanID(random: random),
            flags: isSampled ? 3 : 2)
    }

    /// Runs `body` as a piece of work named `name` within `parent`, or as the root of a new trace.
    /// `TraceContext.current` is the span's inside. The name has few different values; what varies
    /// goes into the attributes.
    public func span<Result>(
        _ name: String, kind: SpanKind = .internal, parent: TraceContext? = TraceContext.current,
        attributes: Logger.Fields = [:], _ body: (Span) async throws -> Result
    ) async rethrows -> Result {
        let context = parent.map { isEnabled ? $0.child(SpanID(random: random)) : $0 } ?? root()
        let span = Span(context: context)
        guard let exporter, context.isSampled else {
            return try await WorkScope.$current.withValue(.current(in: context)) {
                try await body(span)
            }
        }
        let start = clock.now()
        let began = ContinuousClock.now
        func finish(_ failure: (any Error)?) {
            exporter.export(
                FinishedSpan(
                    context: context, parent: parent?.spanID, name: name, kind: kind, start: start,
                    duration: ContinuousClock.now - began,
                    attributes: Redaction.redacted(attributes) + span.attributes,
                    failure: failure.map { "\(type(of: $0))" }))
        }
        do {
            let result = try await WorkScope.$current.withValue(.current(in: context)) {
                try await body(span)
            }
            finish(nil)
            return result
        } catch {
            finish(error)
            throw error
        }
    }

    /// The same for work that adds no facts.
    public func span<Result>(
        _ name: @autoclosure () -> String, kind: SpanKind = .internal,
        parent: TraceContext? = TraceContext.current, attributes: Logger.Fields = [:],
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        guard isEnabled else {
            return try await WorkScope.$current.withValue(
                .current(in: parent ?? root()), operation: body)
        }
        return try await span(name(), kind: kind, parent: parent, attributes: attributes) {
            (_: Span) in try await body()
        }
    }

    private func isDrawn() -> Bool {
        if sampling >= 1 { return true }
        return Double(random.word() >> 11) / Double(1 << 53) < sampling
    }
}
