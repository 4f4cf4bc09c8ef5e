/// One thing that is measured; it yields a figure or several.
struct Benchmark: Sendable {
    let name: String
    let title: String
    let run: @Sendable (Bench) async throws -> [Figure]

    init(
        _ name: String, _ title: String,
        run: @escaping @Sendable (Bench) async throws -> [Figure]
    ) {
        self.name = name
        self.title = title
        self.run = run
    }

    /// Every benchmark, in the order of the table.
    static var all: [Benchmark] { store + bus + edge + platform }
}

/// One figure beside its limit.
struct Figure: Codable, Sendable {
    /// Which side of the reach is good.
    enum Side: String, Codable, Sendable { case atLeast, atMost }

    /// As in thresholds.json.
    let name: String
    let what: String
    /// What it is measured against; nil where the figure stands by itself.
    let against: String?
    let unit: String
    /// Medians over the rounds.
    let ours: Double
    let limit: Double?
    /// What the reach is about: the ratio where there is a limit, else our figure.
    let value: Double
    let side: Side
    let reach: Double
    let latency: Percentiles?
    let rounds: [Round]
    var note: String?

    var isReached: Bool { isWithin(reach) }

    func isWithin(_ threshold: Double) -> Bool {
        side == .atLeast ? value >= threshold : value <= threshold
    }
}

/// What one round measured.
struct Round: Codable, Sendable {
    let ours: Double
    let limit: Double?
    var ratio: Double? { limit.map { ours / $0 } }
}

/// One measurement: a rate or a time, and how long each call took where that counts.
struct Sample: Sendable {
    var value: Double
    var latency: Percentiles?

    init(_ value: Double, _ latency: Percentiles? = nil) {
        self.value = value
        self.latency = latency
    }
}

/// The rounds of one benchmark.
struct Rounds: Sendable {
    let unit: String
    let against: String?
    let rounds: [Round]
    /// Of the round whose p99 is the median.
    let latency: Percentiles?

    /// The ratio to the limit, in the median of the rounds.
    func ratio(
        _ name: String, _ what: String, _ side: Figure.Side, _ reach: Double, note: String? = nil
    ) -> Figure {
        Figure(
            name: name, what: what, against: against, unit: unit,
            ours: Percentiles.median(rounds.map(\.ours)),
            limit: Percentiles.median(rounds.compactMap(\.limit)),
            value: Percentiles.median(rounds.compactMap(\.ratio)), side: side, reach: reach,
            latency: latency, rounds: rounds, note: note)
    }

    /// Our figure by itself, in the median of the rounds.
    func plain(
        _ name: String, _ what: String, _ side: Figure.Side, _ reach: Double, note: String? = nil
    ) -> Figure {
        let ours = Percentiles.median(rounds.map(\.ours))
        return Figure(
            name: name, what: what, against: nil, unit: unit, ours: ours, limit: nil, value: ours,
            side: side, reach: reach, latency: latency, rounds: rounds, note: note)
    }

    /// A percentile of our latency, in milliseconds.
    func percentile(
        _ name: String, _ what: String, _ path: KeyPath<Percentiles, Double>, atMost reach: Double
    ) -> Figure {
        let value = latency?[keyPath: path] ?? .infinity
        return Figure(
            name: name, what: what, against: nil, unit: "ms", ours: value, limit: nil,
            value: value, side: .atMost, reach: reach, latency: latency, rounds: [])
    }
}
