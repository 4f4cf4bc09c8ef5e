internal import HTTP
internal import Runtime

/// What the gateway measures of its traffic with the services.
struct ProxyMetrics: Sendable {
    /// How an attempt ended, or what became of a repeat.
    enum Outcome: String, Sendable {
        case answered
        case turnedAway = "turned_away"
        case failed
        case timedOut = "timed_out"
        /// No replica gets requests at the moment.
        case refused
        case repeated
        case budgetSpent = "budget_spent"
    }

    private let attempts: Counter
    let sockets: Gauge
    private let socketMessages: Counter
    private let socketEnds: Counter

    init(_ metrics: Metrics, pools: [UpstreamPool]) {
        attempts = metrics.counter(
            "souk_gateway_attempts_total",
            "Attempts to have a service answer, and what became of them.",
            labels: ["service", "outcome"])
        sockets = metrics.gauge("souk_gateway_websockets", "Open WebSockets.")
        socketMessages = metrics.counter(
            "souk_gateway_websocket_messages_total", "Messages passed on.", labels: ["to"])
        socketEnds = metrics.counter(
            "souk_gateway_websockets_ended_total", "WebSockets ended, by close code.",
            labels: ["code"])
        let open = metrics.gauge(
            "souk_gateway_replica_open", "Whether a replica gets no requests (1) or does (0).",
            labels: ["service", "replica"])
        let ready = metrics.gauge(
            "souk_gateway_replica_ready", "Whether a replica says that it is ready.",
            labels: ["service", "replica"])
        let inFlight = metrics.gauge(
            "souk_gateway_replica_in_flight", "Requests that a replica is busy with.",
            labels: ["service", "replica"])
        metrics.onScrape { [attempts] in
            for pool in pools {
                let answers = pool.takeAnswers()
                if answers > 0 { attempts.add(answers, pool.name, Outcome.answered.rawValue) }
                for (index, status) in pool.statuses.enumerated() {
                    let isOpen = if case .open = status.breaker { true } else { false }
                    open.set(isOpen ? 1 : 0, pool.name, "\(index)")
                    ready.set(status.probe.state == .ready ? 1 : 0, pool.name, "\(index)")
                    inFlight.set(Double(status.inFlight), pool.name, "\(index)")
                }
            }
        }
    }

    func socketEnded(_ report: SocketRelay.Report) {
        socketMessages.add(report.fromClient, "service")
        socketMessages.add(report.fromService, "client")
        socketEnds.add(1, "\(report.code.rawValue)")
    }

    func count(_ service: String, _ outcome: Outcome) {
        attempts.add(1, service, outcome.rawValue)
    }
}
