import Foundation
import Runtime

extension Benchmark {
    static var platform: [Benchmark] { [transfers, checkout, footprint] }

    private static let transfers = Benchmark(
        "transfers", "wallet: transfers over HTTP by 256 callers, against pgbench's by 32 clients"
    ) { bench in
        let load = try await TransferLoad(bench)
        try await load.warmUp()
        func against(_ sink: Int?) async throws -> Rounds {
            let peer = try await TransferPeer(bench, accounts: TransferLoad.accounts, sink: sink)
            return try await bench.rounds("transfers/s", against: "pgbench, 32 clients") {
                try await load.run(seconds: bench.roundSeconds, sink: sink)
            } limit: {
                try await peer.run(clients: 32, seconds: bench.roundSeconds)
            }
        }
        let spread = try await against(nil)
        let merchant = try await against(1)
        try await load.close()
        return [
            spread.ratio(
                "transfers", "wallet: transfers between 10,000 accounts", .atLeast, 1.3),
            spread.percentile("transfers-p99", "the same, p99", \.p99, atMost: 50),
            merchant.ratio(
                "transfers-merchant", "wallet: all into one merchant's account", .atLeast, 6),
        ]
    }

    private static let checkout = Benchmark(
        "checkout", "checkout saga, end to end through the gateway"
    ) { bench in
        let stage = try await PlatformStage(bench)
        let load = CheckoutLoad(stage: stage)
        let rate = bench.amount(40, quick: 20)
        let report = try await load.run(rate: rate, seconds: bench.amount(30, quick: 10))
        await stage.stop()
        return report.figures(wanted: rate)
    }

    private static let footprint = Benchmark(
        "footprint", "start and idle memory of the nine services"
    ) { bench in
        let stage = try await ServiceStage(bench)
        var starts: [Double] = []
        for name in ["user", "wallet", "notification"] {
            // The first start makes the tables.
            for number in 0...bench.options.rounds {
                let service = try await stage.start(name, bench)
                if number > 0 { starts.append(service.startMilliseconds) }
                await service.stop()
            }
        }
        await stage.close()
        let start = try await bench.rounds("ms") { Sample(Percentiles(starts).p50) }

        let platform = try await PlatformStage(bench)
        _ = try await platform.souk(["demo", "--customers", "\(bench.amount(100, quick: 20))"])
        // Until it is idle, and what the demo left behind is given back.
        try await Task.sleep(for: .seconds(15))
        var memory: [String: Double] = [:]
        for (name, pid) in try await platform.processes()
        where PlatformStage.services.contains(name) {
            memory[name] = Double(try ProcessFacts.memory(of: pid)) / 1_048_576
        }
        await platform.stop()
        let each = memory.sorted { $0.key < $1.key }
            .map { "\($0.key) \(Int($0.value.rounded()))" }.joined(separator: ", ")
        let largest = try await bench.rounds("MB") { Sample(memory.values.max() ?? .infinity) }
        let all = try await bench.rounds("MB") { Sample(memory.values.reduce(0, +)) }
        return [
            start.plain("start", "start of a service, to its first answer", .atMost, 200),
            largest.plain(
                "idle", "idle memory of the largest service, after a demo", .atMost, 30,
                note: each),
            all.plain("idle-all", "idle memory of all nine, after a demo", .atMost, 250),
        ]
    }
}
