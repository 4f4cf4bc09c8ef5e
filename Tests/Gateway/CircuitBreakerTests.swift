import EventTypes
import Testing

@testable import GatewayService

@Suite struct CircuitBreakerTests {
    /// One thing that happens, at a time in milliseconds after the start.
    enum Step: Sendable {
        /// So many requests at once, which end so.
        case end(Int, CircuitBreaker.Outcome, at: Int)
        case admitted(Bool, at: Int)
        case invited
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [Step]
        /// `closed`, `open` or `half-open`, and until when it is open.
        let state: String
        var until: Int?
        var chance = 0.5
        var testDescription: String { name }
    }

    private static let start = Timestamp(seconds: 1_000)

    private static func rules() -> CircuitBreaker.Rules {
        var rules = CircuitBreaker.Rules()
        rules.minimumVolume = 10
        rules.unreachableInRow = 3
        rules.trialsToClose = 2
        rules.longestOpen = .seconds(3)
        return rules
    }

    static let cases: [Case] = [
        Case(name: "rests closed", steps: [.admitted(true, at: 0)], state: "closed"),
        Case(
            name: "few failures say nothing", steps: [.end(9, .failure, at: 0)], state: "closed"),
        Case(
            name: "opens by the share",
            steps: [.end(5, .success, at: 0), .end(5, .failure, at: 1)],
            state: "open", until: 1_001),
        Case(
            name: "a smaller share is borne",
            steps: [.end(60, .success, at: 0), .end(40, .failure, at: 0)], state: "closed"),
        Case(
            name: "old failures are forgotten",
            steps: [.end(9, .failure, at: 0), .end(1, .failure, at: 11_000)], state: "closed"),
        Case(
            name: "unreachable in a row",
            steps: [.end(3, .unreachable, at: 5)], state: "open", until: 1_005),
        Case(
            name: "a row that was broken",
            steps: [
                .end(2, .unreachable, at: 0), .end(1, .success, at: 0),
                .end(2, .unreachable, at: 0),
            ], state: "closed"),
        Case(
            name: "what clients give up says nothing", steps: [.end(50, .unknown, at: 0)],
            state: "closed"),
        Case(
            name: "open refuses until its time",
            steps: [.end(3, .unreachable, at: 0), .admitted(false, at: 999)], state: "open",
            until: 1_000),
        Case(
            name: "then one is tried, and no second with it",
            steps: [
                .end(3, .unreachable, at: 0), .admitted(true, at: 1_000),
                .admitted(false, at: 1_000),
            ], state: "half-open"),
        Case(
            name: "trials close",
            steps: [.end(3, .unreachable, at: 0), .end(2, .success, at: 1_000)], state: "closed"),
        Case(
            name: "a trial that fails opens for twice as long",
            steps: [.end(3, .unreachable, at: 0), .end(1, .failure, at: 1_000)], state: "open",
            until: 3_000),
        Case(
            name: "never for longer than the longest",
            steps: [
                .end(3, .unreachable, at: 0), .end(1, .failure, at: 1_000),
                .end(1, .failure, at: 3_000), .end(1, .failure, at: 6_000),
            ], state: "open", until: 9_000),
        Case(
            name: "a trial that was given up makes room for another",
            steps: [
                .end(3, .unreachable, at: 0), .end(1, .unknown, at: 1_000),
                .admitted(true, at: 1_000),
            ], state: "half-open"),
        Case(
            name: "who is known to be back is tried at once",
            steps: [.end(3, .unreachable, at: 0), .invited, .end(2, .success, at: 1)],
            state: "closed"),
        Case(
            name: "a clock set back does not keep it open",
            steps: [.end(3, .unreachable, at: 0), .admitted(false, at: -60_000)], state: "open",
            until: -59_000),
        Case(
            name: "chance shortens", steps: [.end(3, .unreachable, at: 0)], state: "open",
            until: 750, chance: 0),
        Case(
            name: "chance lengthens", steps: [.end(3, .unreachable, at: 0)], state: "open",
            until: 1_249, chance: 0.998),
    ]

    @Test(arguments: cases) func behaves(_ example: Case) {
        var breaker = CircuitBreaker(Self.rules())
        var now = Self.start
        for step in example.steps {
            switch step {
            case .end(let count, let outcome, let offset):
                now = Self.start + .milliseconds(offset)
                for _ in 0..<count {
                    guard let permit = breaker.admit(now) else { continue }
                    breaker.record(outcome, of: permit, now, chance: example.chance)
                }
            case .admitted(let isAdmitted, let offset):
                now = Self.start + .milliseconds(offset)
                let permit = breaker.admit(now)
                #expect((permit != nil) == isAdmitted)
            case .invited: breaker.invite()
            }
        }
        switch breaker.phase(now) {
        case .closed: #expect(example.state == "closed")
        case .halfOpen: #expect(example.state == "half-open")
        case .open(_, let until):
            #expect(example.state == "open")
            let milliseconds = until.since(Self.start) / .milliseconds(1)
            #expect(abs(milliseconds - Double(example.until ?? 0)) < 1)
        }
    }

    @Test func whatBeganBeforeItOpenedDoesNotCountAfterwards() {
        var breaker = CircuitBreaker(Self.rules())
        let late = breaker.admit(Self.start)!
        for _ in 0..<3 {
            let permit = breaker.admit(Self.start)!
            breaker.record(.unreachable, of: permit, Self.start, chance: 0.5)
        }
        let later = Self.start + .seconds(1)
        _ = breaker.admit(later)
        breaker.record(.success, of: late, later, chance: 0.5)
        breaker.record(.failure, of: late, later, chance: 0.5)
        #expect(breaker.phase(later) == .halfOpen(running: 1, succeeded: 0))
    }
}
