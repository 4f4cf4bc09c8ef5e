internal import Database
internal import Runtime

/// Shows how many checkouts and refunds have not ended, by state; those that wait for a person as
/// `stuck`.
struct CheckoutMeter: Component {
    private static let interval: Duration = .seconds(5)
    private static let states: [Checkout.Phase] = [
        .started, .confirmed, .held, .placed, .paid, .failing,
    ]

    let pool: DatabasePool
    let gauge: Gauge
    let refunds: Gauge
    let loop: EventLoop

    init(pool: DatabasePool, metrics: Metrics, loop: EventLoop) {
        self.pool = pool
        self.loop = loop
        gauge = metrics.gauge(
            "souk_order_checkouts", "Checkouts that have not ended.", labels: ["state"])
        refunds = metrics.gauge(
            "souk_order_refunds", "Refunds that have not ended.", labels: ["state"])
    }

    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        repeat {
            // What cannot be counted now is counted the next time.
            try? await measure()
        } while await lifecycle.pause(Self.interval, on: loop)
    }

    func measure() async throws {
        let rows = try await pool.query(
            """
            select case when is_stuck then 'stuck' else state end as name, count(*) as number
            from checkout where not is_over group by 1
            """, isReadOnly: true)
        var counts: [String: Int64] = [:]
        for row in rows { counts[try row.get("name")] = try row.get("number") }
        for name in Self.states.map(\.rawValue) + ["stuck"] {
            gauge.set(Double(counts[name] ?? 0), name)
        }
        try await measureRefunds()
    }

    private func measureRefunds() async throws {
        let rows = try await pool.query(
            """
            select state, count(*) as number from order_refund where state <> 'refunded' group by 1
            """, isReadOnly: true)
        var counts: [String: Int64] = [:]
        for row in rows { counts[try row.get("state")] = try row.get("number") }
        for state in [RefundView.State.pending, .stuck] {
            refunds.set(Double(counts[state.rawValue] ?? 0), state.rawValue)
        }
    }
}
