internal import Runtime

/// What the log measures of itself.
struct StoreMeters: Sendable {
    let commits: Histogram
    let batch: Histogram
    let events: Counter
    let outcomes: Counter

    init(_ metrics: Metrics) {
        commits = metrics.histogram(
            "souk_log_commit_seconds", "Time of one round trip that commits a batch.")
        batch = metrics.histogram(
            "souk_log_batch_units", "Units of work committed in one round trip.",
            buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000])
        events = metrics.counter("souk_log_events_total", "Events written to the log.")
        outcomes = metrics.counter(
            "souk_log_units_total", "Units of work by what became of them.", labels: ["outcome"])
    }
}

extension UnitOutcome {
    /// For the metric.
    var label: String {
        switch self {
        case .committed: "committed"
        case .conflict: "conflict"
        case .movedOn: "moved"
        case .claimTaken: "claim_taken"
        case .duplicate: "duplicate"
        case .positionMoved: "position_moved"
        case .timerGone: "timer_gone"
        case .failed: "failed"
        }
    }
}
