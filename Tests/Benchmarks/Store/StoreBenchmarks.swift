extension Benchmark {
    static var store: [Benchmark] { [append512, append32, append1] + reading }

    private static let append512 = Benchmark(
        "append-512", "append: 512 callers at once, one event each, against single-row inserts"
    ) { bench in
        let rounds = try await append(bench, callers: 512, clients: 32)
        return [
            rounds.ratio("append-512", "append, 512 callers", .atLeast, 3),
            rounds.percentile("append-512-p99", "the same, p99", \.p99, atMost: 20),
        ]
    }

    private static let append32 = Benchmark(
        "append-32", "append: 32 callers against single-row inserts by 32 clients"
    ) { bench in
        let rounds = try await append(bench, callers: 32, clients: 32)
        return [rounds.ratio("append-32", "append, 32 callers", .atLeast, 1.3)]
    }

    private static let append1 = Benchmark(
        "append-1", "append: one caller against single-row inserts by one client"
    ) { bench in
        let log = try await BenchLog.empty(bench)
        let peer = try await InsertPeer(bench)
        let rounds = try await log.running {
            let load = AppendLoad(log: log, callers: 1, accounts: 100)
            _ = try await load.run(seconds: 1)
            return try await bench.rounds("ms", against: "pgbench, 1 client") {
                let sample = try await load.run(seconds: Double(bench.roundSeconds))
                return Sample(sample.latency?.mean ?? 0, sample.latency)
            } limit: {
                Sample(1_000 / (try await peer.run(clients: 1, seconds: bench.roundSeconds)).value)
            }
        }
        await log.close()
        return [rounds.ratio("append-1", "append, one caller: mean latency", .atMost, 1.4)]
    }

    private static func append(
        _ bench: Bench, callers: Int, clients: Int
    ) async throws -> Rounds {
        let log = try await BenchLog.empty(bench)
        let peer = try await InsertPeer(bench)
        let rounds = try await log.running {
            let load = AppendLoad(log: log, callers: callers)
            // The accounts are met for the first time, and the server's caches fill.
            _ = try await load.run(seconds: Double(bench.roundSeconds))
            return try await bench.rounds("events/s", against: "pgbench, \(clients) clients") {
                try await load.run(seconds: Double(bench.roundSeconds))
            } limit: {
                try await peer.run(clients: clients, seconds: bench.roundSeconds)
            }
        }
        await log.close()
        return rounds
    }
}
