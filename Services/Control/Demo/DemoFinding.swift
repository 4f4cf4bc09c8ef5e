internal import EventTypes
internal import Runtime

/// One sentence of the proof.
struct DemoFinding: Sendable {
    let name: String
    let value: String
    let holds: Bool

    init(_ name: String, _ value: String, _ holds: Bool) {
        self.name = name
        self.value = value
        self.holds = holds
    }

    /// An amount that must be another.
    init(_ name: String, cents: Int64, mustBe wanted: Int64) {
        let text = Self.amount(cents)
        self.init(
            name, cents == wanted ? text : "\(text) instead of \(Self.amount(wanted))",
            cents == wanted)
    }

    /// Nothing but faults, or else `value`.
    init(_ name: String, _ value: String, faults: [String]) {
        self.init(name, faults.isEmpty ? value : faults.joined(separator: "; "), faults.isEmpty)
    }

    /// What the last look found: all hold, or the patience is over. What does not hold is looked at
    /// again, and all others with it, because services hear of each other a moment later.
    static func settled(
        on loop: EventLoop, within patience: Duration = DemoProof.patience,
        pausing interval: Duration = DemoProof.interval,
        _ look: () async throws -> [DemoFinding]
    ) async throws -> [DemoFinding] {
        let deadline = ContinuousClock.now + patience
        while true {
            let findings = try await look()
            if findings.allSatisfy(\.holds) || ContinuousClock.now >= deadline { return findings }
            try await loop.sleep(for: interval)
        }
    }

    static func amount(_ cents: Int64) -> String {
        (try? Money(minorUnits: cents, .usd))?.description ?? "out of range"
    }
}
