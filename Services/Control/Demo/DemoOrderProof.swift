internal import EventTypes
internal import JSON
internal import Runtime

/// Each order exists once, was paid once, is what it must be, and earned what it must.
struct DemoOrderProof: Sendable {
    static let together = 16

    let stage: DemoStage
    let traces: DemoTraces

    /// What one customer's orders came to.
    private struct Outcome: Sendable {
        var orders = 0
        var total: Int64 = 0
        var refunded: Int64 = 0
        var cashback: Int64 = 0
        var clawedBack: Int64 = 0
        var faults: [String] = []
    }

    func examine() async throws -> [DemoFinding] {
        try await DemoFinding.settled(on: stage.loop) { try await look() }
    }

    private func look() async throws -> [DemoFinding] {
        let outcomes = try await Together.map(traces.purchases, limit: Self.together) {
            try await outcome($0)
        }
        let errands = traces.purchases.map(\.shopper.errand)
        let sum = outcomes.reduce(0) { $0 + $1.total - $1.refunded }
        let kept = outcomes.reduce(0) { $0 + $1.cashback }
        let back = outcomes.reduce(0) { $0 + $1.clawedBack }
        return [
            DemoFinding(
                "orders", "\(outcomes.reduce(0) { $0 + $1.orders }), each as it must be",
                faults: outcomes.flatMap(\.faults)),
            DemoFinding(
                "orders, without refunds", cents: sum,
                mustBe: errands.reduce(0) {
                    $0 + ($1.course == .poor ? 0 : $1.total - $1.refunded)
                }),
            DemoFinding(
                "own cashback, kept", cents: kept,
                mustBe: errands.reduce(0) { $0 + $1.credited - $1.clawedBack }),
            DemoFinding(
                "own cashback, taken back", cents: back,
                mustBe: errands.reduce(0) { $0 + $1.clawedBack }),
            try await stock(),
        ]
    }

    private func outcome(_ done: DemoErrands.Done) async throws -> Outcome {
        let errand = done.shopper.errand
        let name = "customer \(done.shopper.index), \(errand.course)"
        var outcome = Outcome()
        let orders = try await done.shopper.orders()
        outcome.orders = orders.count
        for order in orders {
            outcome.total += order["total"]?.money?.minorUnits ?? 0
            outcome.refunded += order["refunded"]?.money?.minorUnits ?? 0
        }
        let states = orders.compactMap { $0["state"]?.string }
        if states != [errand.orderState].compactMap({ $0 }) {
            outcome.faults.append("\(name): \(states)")
        }
        if errand.course == .poor, done.purchase.reason != "insufficient_funds" {
            outcome.faults.append("\(name): failed for \(done.purchase.reason ?? "no reason")")
        }
        let earned = try await done.shopper.conversions()
        if earned.count != (errand.course == .poor ? 0 : 1) {
            outcome.faults.append("\(name): \(earned.count) conversions")
        }
        for conversion in earned where conversion["state"]?.string != "declined" {
            outcome.cashback += conversion["cashback"]?.money?.minorUnits ?? 0
            outcome.clawedBack += conversion["clawed_back"]?.money?.minorUnits ?? 0
        }
        let wanted = errand.credited - errand.clawedBack
        if outcome.cashback != wanted {
            outcome.faults.append("\(name): cashback \(outcome.cashback) instead of \(wanted)")
        }
        return outcome
    }

    /// What was sold is gone. What nobody could pay, and what was cancelled before it was sent, can
    /// be sold again.
    private func stock() async throws -> DemoFinding {
        DemoFinding(
            "stock", "sold pieces are gone, all others free", faults: try await stockFaults())
    }

    private func stockFaults() async throws -> [String] {
        var faults: [String] = []
        for ware in DemoWare.allCases {
            let sold = traces.purchases
                .filter { $0.purchase.orderID != nil && $0.shopper.errand.course != .cancelled }
                .flatMap(\.shopper.errand.lines).filter { $0.ware == ware }
                .reduce(0) { $0 + $1.quantity }
            let available = try await stage.shop.available(ware)
            if available != ware.stock - sold {
                faults.append("\(ware): \(available) instead of \(ware.stock - sold)")
            }
        }
        return faults
    }
}
