internal import HTTP
internal import JSON
internal import Runtime

/// What every service serves beside its routes, without authentication: health for the
/// orchestrator, metrics for Prometheus, and its own description.
struct Endpoints: Sendable {
    static let live = "/livez"
    static let ready = "/readyz"
    static let metrics = "/metrics"
    static let document = "/openapi.json"

    let readiness: Readiness
    let measurements: Metrics
    /// The OpenAPI document, made once.
    let document: [UInt8]

    /// Whether a request is for one of these.
    static func isOwn(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        switch request.path {
        case live, ready, metrics, document: return true
        default: return false
        }
    }

    /// Answers a request that is for one of these.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch request.path {
        case Self.live: return .text("ok\n")
        case Self.ready: return await ready()
        case Self.metrics:
            return .bytes(
                Array(measurements.render().utf8),
                type: "text/plain; version=0.0.4; charset=utf-8")
        default: return .bytes(document, type: "application/json")
        }
    }

    /// One line a check: `database ok`, or what is wrong.
    private func ready() async -> HTTPResponse {
        let report = await readiness.report()
        let lines = report.map { "\($0.name) \($0.fault ?? "ok")\n" }.joined()
        let isReady = report.allSatisfy { $0.fault == nil }
        return .text(lines.isEmpty ? "ok\n" : lines, status: isReady ? 200 : 503)
    }
}
