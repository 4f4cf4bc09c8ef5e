import Bus
import EventTypes
import Foundation
import Runtime

extension Benchmark {
    static let replay = Benchmark(
        "replay", "analytics replay of a topic against kcat reading it to nowhere"
    ) { bench in
        let count = bench.amount(200_000, quick: 50_000)
        let log = BenchLog(try await LargeLog.make(bench, events: count, long: 0).configuration)
        let rounds = try await withBroker { bus in
            _ = try await BusLine(source: log, bus: bus).publishAll(count)
            return try await bench.rounds("events/s", against: "kcat") {
                try await timed(count) {
                    try await bench.workshop.run(
                        FileManager.default.currentDirectoryPath + "/.build/release/analytics",
                        ["replay", "--report", "ledger", "--format", "csv"],
                        environment: ["KAFKA_BOOTSTRAP_SERVERS": bus.bootstrapServers],
                        discardsOutput: true)
                }
            } limit: {
                try await timed(count) {
                    try await bench.workshop.run(
                        "/usr/bin/kcat",
                        [
                            "-C", "-q", "-e", "-o", "beginning", "-b", bus.bootstrapServers, "-t",
                            BusLine.topic.rawValue,
                        ], discardsOutput: true)
                }
            }
        }
        await log.close()
        return [
            rounds.ratio(
                "replay", "analytics replay, start of the program included", .atLeast, 0.5)
        ]
    }

    private static func timed(
        _ count: Int, _ body: () async throws -> String
    ) async throws -> Sample {
        let start = ContinuousClock.now
        _ = try await body()
        return Sample(Double(count) / start.duration(to: .now).inSeconds)
    }
}
