internal import Runtime

/// What is measured of live connections.
struct LiveMetrics: Sendable {
    let sent: Counter
    let received: Counter
    /// By reason.
    let ended: Counter
    private let metrics: Metrics

    init(_ metrics: Metrics) {
        self.metrics = metrics
        sent = metrics.counter("souk_live_frames_sent_total", "Frames sent to connected people.")
        received = metrics.counter(
            "souk_live_frames_received_total", "Messages that connected people sent.")
        ended = metrics.counter(
            "souk_live_drops_total", "Connections that were ended by the server.",
            labels: ["reason"])
    }

    /// Shows how many are connected.
    func observe(_ count: @escaping @Sendable () -> Int?) {
        metrics.sampled(.gauge, "souk_live_connections", "People's open connections.") {
            count().map(Double.init)
        }
    }
}
