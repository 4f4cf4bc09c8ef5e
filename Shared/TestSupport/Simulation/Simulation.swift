/// What went wrong in a world.
public struct Violation: Error, Equatable {
    /// In a sentence; the numbers in it may differ from run to run.
    public let text: String

    /// - Parameter text: a sentence.
    public init(_ text: String) { self.text = text }
}

/// Processes, a database and a bus that are moved one step at a time, in an order that chance
/// gives. The steps call the code that the product runs; what is outside of it is made up.
public protocol World {
    /// Ways to break the protocol on purpose, which must be noticed.
    associatedtype Flaw: RawRepresentable<String>, CaseIterable, Sendable
    /// Steps with faults, before the calm in which everything must come to rest.
    static var turns: Int { get }
    /// A world at its beginning, with a flaw in it or none.
    init(_ flaw: Flaw?, _ run: inout Run)
    /// One of the things that may happen next.
    mutating func step(_ run: inout Run) throws(Violation)
    /// Whether nothing is left to do.
    var isAtRest: Bool { get }
    /// Whether everything is as it must be in the end.
    func check() throws(Violation)
}

/// Choices that follow from a seed, or from the tape of an earlier run, 0 beyond its end.
struct Dice {
    private var state: UInt64
    private var isReplay = false
    private var isRecording = false
    private var place = 0
    private(set) var tape: [UInt8] = []

    init(seed: UInt64, isRecording: Bool = false) {
        state = seed &* 0x2545_F491_4F6C_DD1D
        self.isRecording = isRecording
    }

    init(tape: [UInt8]) {
        state = 0
        isReplay = true
        self.tape = tape
    }

    /// One of 0..<count, where count ≤ 256.
    mutating func roll(_ count: Int) -> Int {
        if isReplay {
            place += 1
            return place <= tape.count ? Int(tape[place - 1]) % count : 0
        }
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        let number = Int((word ^ word >> 31) >> 40) % count
        if isRecording { tape.append(UInt8(number)) }
        return number
    }
}

/// One run of a world: its chances and, when it is told, its story.
public struct Run {
    private var dice: Dice
    private var calm = Dice(seed: 7)
    private let isTold: Bool
    private(set) var story: [String] = []
    /// No faults happen any more.
    public fileprivate(set) var isCalm = false

    init(_ dice: Dice, isTold: Bool = false) {
        self.dice = dice
        self.isTold = isTold
    }

    var tape: [UInt8] { dice.tape }

    /// One of 0..<count.
    public mutating func pick(_ count: Int) -> Int { isCalm ? calm.roll(count) : dice.roll(count) }

    /// Whether a fault of this likelihood happens.
    public mutating func strikes(_ percent: Int) -> Bool {
        !isCalm && dice.roll(100) >= 100 - percent
    }

    /// Tells what happens, when somebody wants to know.
    public mutating func say(_ line: @autoclosure () -> String) {
        if isTold { story.append(line()) }
    }

    fileprivate mutating func calmDown() {
        isCalm = true
        say("--- no more faults")
    }
}

/// Runs worlds, seed after seed.
public enum Simulation<W: World> {
    /// Steps after which a calm world that is not at rest never will be.
    static var patience: Int { 6_000 }

    /// A seed under which something went wrong.
    public struct Finding: CustomStringConvertible {
        /// Runs the same again.
        public let seed: UInt64
        /// What went wrong.
        public let violation: Violation
        /// The shortest run found that comes to the same, in words.
        public let story: [String]

        /// All of it, in lines.
        public var description: String {
            "seed \(seed): \(violation.text)\n"
                + story.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
        }
    }

    /// The first violation under these seeds; nil when there is none.
    ///
    /// - Parameter isTold: whether its story is wanted.
    public static func explore(
        _ seeds: Range<UInt64>, _ flaw: W.Flaw? = nil, isTold: Bool = true
    ) -> Finding? {
        for seed in seeds {
            var run = Run(Dice(seed: seed))
            guard let violation = play(&run, flaw) else { continue }
            return isTold
                ? explain(seed, flaw) : Finding(seed: seed, violation: violation, story: [])
        }
        return nil
    }

    private static func play(_ run: inout Run, _ flaw: W.Flaw?) -> Violation? {
        var world = W(flaw, &run)
        do throws(Violation) {
            for _ in 0..<W.turns { try world.step(&run) }
            run.calmDown()
            for _ in 0..<patience {
                if world.isAtRest { break }
                try world.step(&run)
            }
            guard world.isAtRest else { throw Violation("it never comes to rest") }
            try world.check()
            return nil
        } catch {
            return error
        }
    }

    private static func explain(_ seed: UInt64, _ flaw: W.Flaw?) -> Finding {
        var recorded = Run(Dice(seed: seed, isRecording: true))
        let violation = play(&recorded, flaw) ?? Violation("it went well the second time")
        var tape = recorded.tape
        // Ever smaller pieces are left out, as long as it goes wrong in the same way.
        var size = tape.count / 2
        var tries = 0
        while size > 0, tries < 1_500 {
            var start = 0
            while start < tape.count, tries < 1_500 {
                var shorter = tape
                shorter.removeSubrange(start..<min(start + size, shorter.count))
                tries += 1
                var run = Run(Dice(tape: shorter))
                if play(&run, flaw)?.kind == violation.kind {
                    tape = shorter
                } else {
                    start += size
                }
            }
            size /= 2
        }
        var told = Run(Dice(tape: tape), isTold: true)
        let last = play(&told, flaw) ?? violation
        return Finding(seed: seed, violation: last, story: told.story.suffix(120))
    }
}

extension Violation {
    /// The same whatever the numbers are.
    fileprivate var kind: String { text.filter { !$0.isNumber } }
}
