/// Which things are broken and when: a pure function of the seed, so that a run can be repeated.
struct FaultPlan: Sendable, Equatable {
    static let services = [
        "user", "catalog", "order", "cashback", "wallet", "notification", "analytics", "cms",
    ]
    static let topics = ["user-events", "order-events", "cashback-events", "wallet-events"]
    /// Between the beginnings of two faults, in milliseconds.
    static let pauses = 3_000...11_000
    /// How long a fault lasts, in milliseconds.
    static let durations = 500...9_000
    /// The last part of a run, in which nothing is broken any more.
    static let calm = 12_000

    let faults: [Fault]

    /// - Parameters:
    ///   - excluded: kinds that cannot be done here.
    init(seed: UInt64, minutes: Int, isApache: Bool, excluded: Set<FaultKind> = []) {
        var dice = SeededDice(seed: seed)
        let kinds = FaultKind.allCases.filter {
            (isApache || !$0.needsApache) && !excluded.contains($0)
        }
        // Every kind once before any comes again.
        var rest: [FaultKind] = []
        var faults: [Fault] = []
        var at = 2_000
        let end = minutes * 60_000 - Self.calm
        while true {
            at += dice.pick(Self.pauses)
            let milliseconds = dice.pick(Self.durations)
            if at + milliseconds > end { break }
            if rest.isEmpty { rest = kinds.shuffled(using: &dice) }
            let kind = rest.removeLast()
            faults.append(
                Fault(
                    kind: kind, victim: Self.victim(of: kind, &dice), startMilliseconds: at,
                    milliseconds: milliseconds, choice: dice.pick(0...999)))
        }
        self.faults = faults
    }

    private static func victim(of kind: FaultKind, _ dice: inout SeededDice) -> String? {
        if kind.hasService {
            let services = services + (kind.mayHitGateway ? ["gateway"] : [])
            return services[dice.pick(0...(services.count - 1))]
        }
        return kind.needsApache ? topics[dice.pick(0...(topics.count - 1))] : nil
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed, everywhere.
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
