internal import Runtime
internal import Synchronization

/// What a pool tells the operator. The gauges are kept as plain numbers and read on each scrape.
final class PoolMetrics: Sendable {
    private struct Numbers {
        var inUse = 0
        var waiting = 0
        var open = 0
    }

    private let name: String
    private let numbers = Mutex(Numbers())
    private let durations: Histogram
    private let failures: Counter
    private let timeouts: Counter
    private let connectFailures: Counter

    init(_ metrics: Metrics, name: String) {
        self.name = name
        durations = metrics.histogram(
            "souk_database_query_seconds", "From sending statements to their last result.",
            labels: ["pool"])
        failures = metrics.counter(
            "souk_database_query_failures_total", "Statements that the server refused.",
            labels: ["pool"])
        timeouts = metrics.counter(
            "souk_database_pool_timeouts_total", "Callers that got no connection in time.",
            labels: ["pool"])
        connectFailures = metrics.counter(
            "souk_database_connect_failures_total", "Attempts to connect that failed.",
            labels: ["pool"])
        // An alarm sees a rise only where there was a zero before.
        for counter in [failures, timeouts, connectFailures] { counter.add(0, name) }
        let open = metrics.gauge(
            "souk_database_pool_connections", "Open connections.", labels: ["pool"])
        let inUse = metrics.gauge(
            "souk_database_pool_in_use", "Connections at work.", labels: ["pool"])
        let waiting = metrics.gauge(
            "souk_database_pool_waiting", "Callers that wait for a connection.", labels: ["pool"])
        metrics.onScrape { [weak self] in
            guard let self else { return }
            let now = numbers.withLock { $0 }
            open.set(Double(now.open), name)
            inUse.set(Double(now.inUse), name)
            waiting.set(Double(now.waiting), name)
        }
    }

    func inUse(_ count: Int) { numbers.withLock { $0.inUse = count } }
    func waiting(_ count: Int) { numbers.withLock { $0.waiting = count } }
    func open(_ count: Int) { numbers.withLock { $0.open = count } }
    func timedOut() { timeouts.add(1, name) }
    func connectFailed() { connectFailures.add(1, name) }

    func finished(_ duration: Duration, isFailure: Bool) {
        durations.observe(duration, name)
        if isFailure { failures.add(1, name) }
    }
}
