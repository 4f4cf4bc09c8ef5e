internal import HTTP
internal import Runtime

/// Rate, errors and duration of requests, by route pattern: never by path, which clients choose.
struct RequestMetrics: Sendable {
    private let requests: Counter
    private let durations: Histogram

    init(_ metrics: Metrics) {
        requests = metrics.counter(
            "souk_requests_total", "Requests answered.", labels: ["method", "route", "status"])
        durations = metrics.histogram(
            "souk_request_duration_seconds", "Time from a request's header to its answer.",
            labels: ["method", "route"])
    }

    func record(
        _ method: HTTPMethod, _ route: String, _ status: HTTPStatus, _ duration: Duration
    ) {
        requests.add(1, method.rawValue, route, "\(status.code)")
        durations.observe(duration, method.rawValue, route)
    }
}
