import Foundation
import Runtime

/// `souk load`: carts that are filled and checked out at fixed times, and every order proven.
struct CheckoutLoad: Sendable {
    let stage: PlatformStage

    struct Report: Sendable {
        /// Orders a second.
        let rate: Double
        /// Milliseconds from when a checkout should have begun.
        let p50: Double
        let p95: Double
        let p99: Double
        let orders: Int
        /// Processor time of one checkout in milliseconds, by program.
        let work: [(name: String, milliseconds: Double)]

        func figures(wanted: Int) -> [Figure] {
            let latency = Percentiles(
                p50: p50, p95: p95, p99: p99, p999: p99, mean: p50, count: orders)
            let parts = work.map { "\($0.name) \(Report.text($0.milliseconds)) ms" }
            return [
                Figure(
                    name: "checkout-rate", what: "checkouts through the gateway",
                    against: "those that are begun", unit: "orders/s", ours: rate,
                    limit: Double(wanted), value: rate / Double(wanted), side: .atLeast,
                    reach: 0.95, latency: latency, rounds: [],
                    note: "processor time each, the buyers' registration included: "
                        + parts.joined(separator: ", ")),
                Figure(
                    name: "checkout-p99", what: "the same, p99", against: nil, unit: "ms",
                    ours: p99, limit: nil, value: p99, side: .atMost, reach: 1_000,
                    latency: latency, rounds: [], note: "stated; the reach is our own"),
            ]
        }

        private static func text(_ number: Double) -> String {
            "\((number * 10).rounded() / 10)"
        }
    }

    func run(rate: Int, seconds: Int) async throws -> Report {
        let processes = try await stage.processes()
        let before = try work(of: processes)
        let output = try await stage.souk([
            "load", "--rate", "\(rate)", "--seconds", "\(seconds)", "--buyers", "50",
        ])
        let after = try work(of: processes)
        func number(_ label: String) throws -> Double {
            for line in output.split(separator: "\n") where line.hasPrefix(label) {
                let words = line.dropFirst(label.count).split(separator: " ")
                if let value = words.first.flatMap({ Double($0) }) { return value }
            }
            throw BenchError("souk load said nothing of \(label): \(output.suffix(600))")
        }
        let orders = try number("orders ")
        let parts = after.compactMap { name, time -> (name: String, milliseconds: Double)? in
            (name, (time - (before[name] ?? 0)) * 1_000 / max(1, orders))
        }
        return Report(
            rate: try number("a second, done"), p50: try number("p50"), p95: try number("p95"),
            p99: try number("p99"), orders: Int(orders),
            work: parts.sorted { $0.milliseconds > $1.milliseconds })
    }

    /// Processor time so far by program, PostgreSQL's processes together.
    private func work(of processes: [String: Int32]) throws -> [String: Double] {
        try processes.mapValues { pid in
            try ProcessFacts.processorTime(of: pid)
                + ProcessFacts.children(of: pid).reduce(0) { sum, child in
                    sum + ((try? ProcessFacts.processorTime(of: child)) ?? 0)
                }
        }
    }
}
