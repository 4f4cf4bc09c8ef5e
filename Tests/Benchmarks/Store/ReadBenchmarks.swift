import Database
import EventStore
import Runtime
import Synchronization

/// What works on a log of five million events.
extension Benchmark {
    static let reading = [appendLarge, rebuild, load]

    private static let appendLarge = Benchmark(
        "append-large", "append into a log of 5 million events against an empty one"
    ) { bench in
        let large = BenchLog(try await LargeLog.shared(bench).configuration)
        let empty = try await BenchLog.empty(bench)
        let rounds = try await large.running {
            try await empty.running {
                let (into, beside) = (
                    AppendLoad(log: large, callers: 32), AppendLoad(log: empty, callers: 32)
                )
                for load in [into, beside] { try await load.meetAll() }
                return try await bench.rounds("ms", against: "an empty log") {
                    try await p50(of: into, bench)
                } limit: {
                    try await p50(of: beside, bench)
                }
            }
        }
        await large.close()
        await empty.close()
        return [
            rounds.ratio("append-large", "append into 5 million events: p50", .atMost, 1.3)
        ]
    }

    private static func p50(of load: AppendLoad, _ bench: Bench) async throws -> Sample {
        let sample = try await load.run(seconds: Double(bench.roundSeconds) / 2)
        return Sample(sample.latency?.p50 ?? 0, sample.latency)
    }

    private static let rebuild = Benchmark(
        "rebuild", "rebuild of a read model, served meanwhile, against COPY of the same rows"
    ) { bench in
        let large = try await LargeLog.shared(bench)
        let log = BenchLog(large.configuration)
        let runner = ProjectionRunner(
            store: log.store, pool: log.pool, projections: [BenchBalances()], loop: log.loop,
            clock: SystemClock(), logger: .bench, metrics: log.metrics)
        // Registered in an older form, so that the first build is compared with nothing.
        try await log.pool.execute(
            """
            insert into projection (name, version, definition, checkpoint)
            values ('balances', 0, '', 0)
            """)
        _ = try await runner.rebuild("balances")
        let longest = Mutex(0.0)
        let rounds = try await bench.rounds(
            "events/s", against: "COPY", count: min(2, bench.options.rounds)
        ) {
            let (report, waited) = try await served(runner, log)
            guard report.wasIdentical == true else {
                throw BenchError("the new tables differ from those that are served.")
            }
            longest.withLock { $0 = max($0, waited) }
            return Sample(Double(report.events) / report.elapsed.inSeconds)
        } limit: {
            let seconds = try await CopyPeer(bench, large.configuration).seconds("event")
            return Sample(Double(large.events) / seconds)
        }
        await log.close()
        let note =
            "compared row by row with what is served; a reader every 5 ms meanwhile waited "
            + "\(Report.number(longest.withLock { $0 })) ms at most"
        return [
            rounds.ratio(
                "rebuild", "rebuild, every event decoded", .atLeast, 0.4, note: note)
        ]
    }

    /// Rebuilds while somebody reads the tables.
    private static func served(
        _ runner: ProjectionRunner, _ log: BenchLog
    ) async throws -> (RebuildReport, longestMilliseconds: Double) {
        let isOver = Atomic(false)
        let reader = DatabasePool(
            log.configuration, loop: EventLoop(name: "bench-reader"), logger: .bench,
            metrics: Metrics())
        // On a loop of its own, as who serves reads has one: the rebuild folds on the others.
        async let longest = withTaskExecutorPreference(reader.loop) {
            var longest = 0.0
            while !isOver.load(ordering: .acquiring) {
                let start = ContinuousClock.now
                _ = try await reader.query(
                    "select balance_minor from balance where account = 'account-7'")
                longest = max(longest, start.duration(to: .now).inSeconds * 1_000)
                try await reader.loop.sleep(for: .milliseconds(5))
            }
            return longest
        }
        let report: RebuildReport
        do {
            report = try await runner.rebuild("balances")
        } catch {
            isOver.store(true, ordering: .releasing)
            throw error
        }
        isOver.store(true, ordering: .releasing)
        let waited = try await longest
        await reader.close()
        reader.loop.stop()
        return (report, waited)
    }

    private static let load = Benchmark(
        "load", "load of one stream of 100,000 events against COPY of its rows"
    ) { bench in
        let large = try await LargeLog.shared(bench)
        let log = BenchLog(large.configuration)
        let peer = CopyPeer(bench, large.configuration)
        let count = Double(large.longStream)
        func take() async throws -> Sample {
            let start = ContinuousClock.now
            let state = try await log.store.load(BenchHistory.self, "long").state
            guard state.postings == Int64(large.longStream) else {
                throw BenchError("\(state.postings) events were folded.")
            }
            return Sample(count / start.duration(to: .now).inSeconds)
        }
        let rows = "(select * from event where stream = 'account-long') as event"
        for _ in 0..<2 {
            _ = try await take()
            _ = try await peer.seconds(rows)
        }
        let rounds = try await bench.rounds(
            "events/s", against: "COPY", count: 3 * bench.options.rounds
        ) {
            try await take()
        } limit: {
            Sample(count / (try await peer.seconds(rows)))
        }
        await log.close()
        return [
            rounds.ratio("load", "load of 100,000 events", .atLeast, 0.4),
            rounds.plain("load-rate", "the same; Axon 342 k/s, all warm", .atLeast, 342_000),
        ]
    }
}

/// psql writing rows of the log to nowhere by COPY.
struct CopyPeer: Sendable {
    private let bench: Bench
    private let url: String

    init(_ bench: Bench, _ configuration: DatabaseConfiguration) {
        self.bench = bench
        url = configuration.url
    }

    /// How long the server and psql need for `position, type, payload` of what stands in `from`.
    func seconds(_ from: String) async throws -> Double {
        let output = try await bench.workshop.run(
            try PeerTools.postgresBinaries() + "/psql",
            [
                "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
                "set search_path to \(BenchLog.schema)", "-c", "\\timing on", "-c",
                "\\copy (select position, type, payload from \(from)) to '/dev/null'",
            ])
        // Time: 123.456 ms (00:00.123)
        guard let time = output.split(separator: "\n").last(where: { $0.hasPrefix("Time: ") }),
            let milliseconds = Double(time.dropFirst(6).prefix { $0 != " " })
        else { throw BenchError("psql reported no time: \(output.suffix(200))") }
        return milliseconds / 1_000
    }
}
