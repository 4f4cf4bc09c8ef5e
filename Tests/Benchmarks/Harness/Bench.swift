import Database
import Glibc
import Runtime
import Synchronization

/// What a benchmark has at hand: the options, a place for data, servers, and the turns of its
/// rounds. Everything it starts ends with the run, however that ends.
final class Bench: Sendable {
    let options: BenchOptions
    let workshop: Workshop
    private let server = Mutex<Task<PostgresServer.Address, any Error>?>(nil)
    private let names = Atomic(0)
    private let kept = Mutex<[String: Task<any Sendable, any Error>]>([:])

    init(_ options: BenchOptions) throws {
        self.options = options
        workshop = try Workshop(in: options.directory)
    }

    func close() async { await workshop.close() }

    /// Prints a line of progress.
    func say(_ line: String) { Self.say(line) }

    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// How long one round of a load takes.
    var roundSeconds: Int { options.isQuick ? 2 : 4 }

    /// `full`, or a part of it when only a look is asked for.
    func amount(_ full: Int, quick: Int) -> Int { options.isQuick ? quick : full }

    /// What `make` yields, made once a run: data that several benchmarks use.
    func once<Value: Sendable>(
        _ name: String, _ make: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = kept.withLock { kept in
            if let task = kept[name] { return task }
            let task = Task<any Sendable, any Error> { try await make() }
            kept[name] = task
            return task
        }
        guard let value = try await task.value as? Value else {
            throw BenchError("\(name) has two types.")
        }
        return value
    }

    // MARK: Rounds

    /// Takes ours and the limit by turns, so that both meet the same machine.
    func rounds(
        _ unit: String, against name: String, count: Int? = nil,
        ours: () async throws -> Sample, limit: () async throws -> Sample
    ) async throws -> Rounds {
        var rounds: [Round] = []
        var latencies: [Percentiles] = []
        for number in 1...(count ?? options.rounds) {
            var (mine, its) = (Sample(0), Sample(0))
            if number % 2 == 0 { its = try await limit() }
            mine = try await ours()
            if number % 2 == 1 { its = try await limit() }
            let round = Round(ours: mine.value, limit: its.value)
            say(
                "    round \(number): \(Report.number(mine.value)) \(unit), \(name) "
                    + "\(Report.number(its.value)), ratio \(Report.number(round.ratio ?? 0))"
                    + (mine.latency.map { ", p99 \(Report.number($0.p99)) ms" } ?? ""))
            rounds.append(round)
            if let latency = mine.latency { latencies.append(latency) }
        }
        return Rounds(unit: unit, against: name, rounds: rounds, latency: Self.middle(latencies))
    }

    /// Takes ours where there is nothing to run beside it.
    func rounds(_ unit: String, ours: () async throws -> Sample) async throws -> Rounds {
        var rounds: [Round] = []
        var latencies: [Percentiles] = []
        for number in 1...options.rounds {
            let mine = try await ours()
            say(
                "    round \(number): \(Report.number(mine.value)) \(unit)"
                    + (mine.latency.map { ", p99 \(Report.number($0.p99)) ms" } ?? ""))
            rounds.append(Round(ours: mine.value, limit: nil))
            if let latency = mine.latency { latencies.append(latency) }
        }
        return Rounds(unit: unit, against: nil, rounds: rounds, latency: Self.middle(latencies))
    }

    private static func middle(_ latencies: [Percentiles]) -> Percentiles? {
        let sorted = latencies.sorted { $0.p99 < $1.p99 }
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }

    // MARK: PostgreSQL

    /// The private server of the run: durable, `synchronous_commit` on.
    func postgres() async throws -> PostgresServer.Address {
        let task = server.withLock { server in
            if let server { return server }
            let task = Task {
                try await PostgresServer(
                    .init(
                        directory: workshop.directory + "/postgres",
                        settings: [
                            ("shared_buffers", "1GB"), ("max_wal_size", "8GB"),
                            ("checkpoint_timeout", "30min"), ("autovacuum_naptime", "10s"),
                            // Changes nothing in how a commit becomes durable; filling a table
                            // that was made in the same transaction costs less.
                            ("wal_level", "minimal"), ("max_wal_senders", "0"),
                        ])
                ).start()
            }
            server = task
            return task
        }
        return try await task.value
    }

    /// How to reach a new, empty database of the private server.
    func database(connections: Int = 8) async throws -> DatabaseConfiguration {
        let address = try await postgres()
        let name = "bench_\(names.add(1, ordering: .relaxed).newValue)"
        let loop = EventLoop(name: "bench-admin")
        defer { loop.stop() }
        let admin = DatabasePool(
            DatabaseConfiguration(url: address.url(), connections: 1), loop: loop,
            logger: .bench, metrics: Metrics())
        try await admin.execute("create database \(identifier: name)")
        await admin.close()
        return DatabaseConfiguration(
            url: address.url(database: name), applicationName: "bench", connections: connections,
            statementTimeout: .zero, acquireTimeout: .seconds(60), waitersLimit: 100_000)
    }
}

extension Logger {
    /// What goes wrong under load is part of the result; everything else is silence.
    static let bench = Logger(
        label: "bench", level: .error, sink: StandardLogSink(format: .json, descriptor: 2))
}
