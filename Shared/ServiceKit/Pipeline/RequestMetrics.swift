internal import HTTP
internal import Runtime
internal import Synchronization

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

    /// The same for the requests of one route by its own method.
    func meter(_ method: HTTPMethod, _ route: String) -> RouteMeter {
        RouteMeter(method, route, requests, durations)
    }
}

/// The measurements of one route, found once.
final class RouteMeter: Sendable {
    private struct Found {
        var duration: Histogram.One?
        /// By status: so few that looking through them is the fastest.
        var counters: [(status: HTTPStatus, counter: Counter.One)] = []
    }

    private let method: HTTPMethod
    private let route: String
    private let requests: Counter
    private let durations: Histogram
    private let found = Mutex(Found())

    init(_ method: HTTPMethod, _ route: String, _ requests: Counter, _ durations: Histogram) {
        self.method = method
        self.route = route
        self.requests = requests
        self.durations = durations
    }

    func record(_ status: HTTPStatus, _ duration: Duration) {
        let (answers, times) = found.withLock { found in
            (counter(of: status, in: &found), histogram(in: &found))
        }
        answers.count()
        times.observe(duration)
    }

    /// Shows from the first request on.
    private func histogram(in found: inout Found) -> Histogram.One {
        if let known = found.duration { return known }
        let made = durations.one(method.rawValue, route)
        found.duration = made
        return made
    }

    private func counter(of status: HTTPStatus, in found: inout Found) -> Counter.One {
        if let known = found.counters.first(where: { $0.status == status }) {
            return known.counter
        }
        let made = requests.one(method.rawValue, route, "\(status.code)")
        found.counters.append((status, made))
        return made
    }
}
