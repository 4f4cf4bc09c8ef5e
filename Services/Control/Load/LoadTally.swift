internal import Runtime

/// How long checkouts took, and what became of them.
struct LoadTally: Sendable {
    /// In the order of length.
    let times: [Duration]
    let orders: [String]
    /// How often each reason was given.
    let failures: [String: Int]

    init(_ outcomes: [LoadBuyer.Outcome]) {
        times = outcomes.filter { $0.order != nil }.map(\.took).sorted()
        orders = outcomes.compactMap(\.order)
        failures = outcomes.compactMap(\.reason).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// The time within which `percent` of a hundred came to an order; nil when none did.
    func percentile(_ percent: Double) -> Duration? {
        guard !times.isEmpty else { return nil }
        let rank = (percent / 100 * Double(times.count)).rounded(.up)
        return times[min(times.count - 1, max(0, Int(rank) - 1))]
    }

    /// What happened, as a table.
    func text(_ load: LoadSettings, took: Duration) -> String {
        var table = TextTable([.left("LOAD"), .right("")])
        let rate = Double(orders.count) / max(0.001, took.inSeconds)
        table.add(["checkouts", "\(load.checkouts)"])
        table.add(["a second, wanted", "\(load.rate)"])
        table.add(["a second, done", "\(Double(Int(rate * 10)) / 10)"])
        table.add(["orders", "\(orders.count)"])
        for percent in [50.0, 95, 99, 100] {
            let name = percent == 100 ? "slowest" : "p\(Int(percent))"
            table.add([name, percentile(percent).map { "\($0.inMilliseconds) ms" } ?? "-"])
        }
        for (reason, count) in failures.sorted(by: { $0.value > $1.value }).prefix(10) {
            table.add(["failed: \(reason.prefix(80))", "\(count)"])
        }
        return table.text
    }
}
