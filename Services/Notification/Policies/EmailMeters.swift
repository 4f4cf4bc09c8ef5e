internal import EventTypes
internal import Runtime

/// What is measured of e-mail.
struct EmailMeters: Sendable {
    private let outcomes: Counter
    let underWay: Gauge
    let delay: Histogram
    private let waiting: Gauge

    init(_ metrics: Metrics) {
        outcomes = metrics.counter(
            "souk_emails_total", "E-mails by what became of an attempt.", labels: ["outcome"])
        underWay = metrics.gauge(
            "souk_emails_under_way", "E-mails that are being handed to the mail server.")
        delay = metrics.histogram(
            "souk_email_delay_seconds", "From the request of an e-mail to the server's yes.",
            buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900])
        waiting = metrics.gauge(
            "souk_emails", "E-mails in states that are not the end.", labels: ["state"])
    }

    func count(_ outcome: String) { outcomes.add(1, outcome) }

    /// - Parameter counts: of the states that there are messages in.
    func show(_ counts: [String: Int64]) {
        for state in EmailMessage.Phase.unsettled {
            waiting.set(Double(counts[state.rawValue] ?? 0), state.rawValue)
        }
    }
}

extension EmailMessage.Phase {
    /// Those that somebody should know of.
    static let unsettled: [Self] = [.requested, .attempting, .deferred, .uncertain]
}
