import Bus
import Database
import EventStore
import EventTypes
import Runtime

extension Benchmark {
    static let bus = [backlog, latency, consume, replay]

    private static let backlog = Benchmark(
        "backlog", "log to Kafka, a backlog, against librdkafka by itself to the same broker"
    ) { bench in
        let count = bench.amount(200_000, quick: 50_000)
        let log = BenchLog(try await LargeLog.make(bench, events: count, long: 0).configuration)
        func rounds(against peer: String, _ headers: [ProducePeer.Header]) async throws -> Rounds {
            try await bench.rounds("events/s", against: peer) {
                try await withBroker { bus in
                    let line = BusLine(source: log, bus: bus)
                    try await line.forget()
                    return Sample(try await line.publishAll(count))
                }
            } limit: {
                try await withBroker { bus in
                    Sample(
                        try await ProducePeer.run(
                            bus.bootstrapServers, topic: BusLine.topic.rawValue, count: count,
                            headers: headers))
                }
            }
        }
        let plain = try await rounds(against: "librdkafka", [])
        let alike = try await rounds(against: "librdkafka, 13 headers", ProducePeer.headers)
        await log.close()
        return [
            plain.ratio("backlog", "log to Kafka, a backlog", .atLeast, 0.6),
            alike.ratio(
                "backlog-alike", "the same beside records with our headers", .atLeast, 0.6),
        ]
    }

    private static let latency = Benchmark(
        "latency", "commit to acknowledged on Kafka, and to the effect in another service"
    ) { bench in
        let (source, copy) = (try await BenchLog.empty(bench), try await BenchLog.empty(bench))
        let seconds = bench.amount(8, quick: 4)
        let found = try await withBroker { bus in
            let line = BusLine(source: source, bus: bus)
            let clock = LineClock()
            return try await source.running(try line.publisher()) {
                try await copy.running(try line.inbox(into: copy)) {
                    // The group's members meet; the first second is not counted.
                    try await PacedLoad(log: source, rate: 2_000).run(seconds: 1) { _ in }
                    while copy.store.tail.position < source.store.tail.position {
                        await copy.store.wait(
                            beyond: copy.store.tail.position, atMost: .seconds(10))
                    }
                    return try await clock.follow(line, copy) { note in
                        try await PacedLoad(log: source, rate: 2_000).run(
                            seconds: seconds, note)
                    }
                }
            }
        }
        await source.close()
        await copy.close()
        let what = "at 2,000 events/s: commit to"
        func figures(_ name: String, _ text: String, _ p: Percentiles, _ p50: Double, _ p99: Double)
            -> [Figure]
        {
            let rounds = Rounds(unit: "ms", against: nil, rounds: [], latency: p)
            return [
                rounds.percentile("\(name)-p50", "\(what) \(text), p50", \.p50, atMost: p50),
                rounds.percentile("\(name)-p99", "\(what) \(text), p99", \.p99, atMost: p99),
            ]
        }
        return figures("acknowledged", "acknowledged", found.acknowledged, 10, 40)
            + figures("effect", "effect elsewhere", found.effect, 15, 60)
    }

    private static let consume = Benchmark(
        "consume", "consume with effects against one transaction of the same rows by COPY"
    ) { bench in
        let count = bench.amount(100_000, quick: 30_000)
        let log = BenchLog(try await LargeLog.make(bench, events: count, long: 0).configuration)
        let rounds = try await withBroker { bus in
            let line = BusLine(source: log, bus: bus)
            _ = try await line.publishAll(count)
            return try await bench.rounds("events/s", against: "COPY, one transaction") {
                let copy = try await BenchLog.empty(bench)
                let components = try line.inbox(into: copy)
                let rate = try await copy.running(components) {
                    // The group forms first, which takes the broker three seconds.
                    await copy.store.wait(beyond: 0, atMost: .seconds(30))
                    let (start, from) = (ContinuousClock.now, copy.store.tail.position)
                    while copy.store.tail.position < count {
                        await copy.store.wait(
                            beyond: copy.store.tail.position, atMost: .seconds(30))
                    }
                    return Double(Int64(count) - from) / start.duration(to: .now).inSeconds
                }
                await copy.close()
                return Sample(rate)
            } limit: {
                Sample(Double(count) / (try await copyIn(bench, from: log)))
            }
        }
        await log.close()
        return [rounds.ratio("consume", "consume with effects", .atLeast, 0.3)]
    }

    /// Copies the log's rows into a table of the same shape in another database.
    private static func copyIn(_ bench: Bench, from log: BenchLog) async throws -> Double {
        let target = try await BenchLog.empty(bench)
        let file = bench.workshop.directory + "/rows"
        let tools = try PeerTools.postgresBinaries()
        _ = try await bench.workshop.run(
            tools + "/psql",
            [
                "-X", "-q", "-d", log.configuration.url, "-c",
                "\\copy \(BenchLog.schema).event_p1 to '\(file)'",
            ])
        let start = ContinuousClock.now
        _ = try await bench.workshop.run(
            tools + "/psql",
            [
                "-X", "-q", "-d", target.configuration.url, "-c",
                "\\copy \(BenchLog.schema).event_p1 from '\(file)'",
            ])
        let seconds = start.duration(to: .now).inSeconds
        await target.close()
        return seconds
    }

    /// Lends an embedded broker.
    static func withBroker<R>(
        _ body: (BusConfiguration) async throws -> R
    ) async throws -> R {
        try await EmbeddedBroker.with { broker in
            try await body(
                BusConfiguration(
                    bootstrapServers: broker.bootstrapServers,
                    fetchWaitMilliseconds: EmbeddedBroker.fetchWaitMilliseconds))
        }
    }
}
