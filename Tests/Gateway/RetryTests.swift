import EventTypes
import HTTP
import Testing

@testable import GatewayService

@Suite struct RetryTests {
    /// What a request is, and after which failures it is sent again: with no other replica, and
    /// with one.
    struct Case: Sendable, CustomTestStringConvertible {
        let method: HTTPMethod
        var isKeyed = false
        var isWhole = true
        let alone: Set<RetryRule.Failure>
        let withOther: Set<RetryRule.Failure>
        var testDescription: String {
            "\(method)\(isKeyed ? " with key" : "")\(isWhole ? "" : " of a stream")"
        }
    }

    static let cases: [Case] = [
        Case(
            method: .get, alone: [.unsent, .unanswered],
            withOther: [.unsent, .unanswered, .turnedAway]),
        Case(
            method: .head, alone: [.unsent, .unanswered],
            withOther: [.unsent, .unanswered, .turnedAway]),
        Case(
            method: .options, alone: [.unsent, .unanswered],
            withOther: [.unsent, .unanswered, .turnedAway]),
        Case(method: .put, alone: [.unsent], withOther: [.unsent]),
        Case(method: .put, isKeyed: true, alone: [.unsent], withOther: [.unsent]),
        Case(method: .delete, alone: [.unsent], withOther: [.unsent]),
        Case(method: .post, alone: [], withOther: [.unsent]),
        Case(
            method: .post, isKeyed: true, alone: [.unsent, .unanswered],
            withOther: [.unsent, .unanswered]),
        Case(method: .patch, alone: [], withOther: [.unsent]),
        Case(
            method: .post, isKeyed: true, isWhole: false, alone: [.unsent], withOther: [.unsent]),
    ]

    @Test(arguments: cases) func onlyWhatIsSafeIsSentAgain(_ example: Case) {
        let rule = RetryRule(
            method: example.method, isKeyed: example.isKeyed, isWhole: example.isWhole)
        let all: [RetryRule.Failure] = [.unsent, .unanswered, .turnedAway, .other]
        #expect(
            Set(all.filter { rule.allows(after: $0, hasOther: false) }) == example.alone)
        #expect(
            Set(all.filter { rule.allows(after: $0, hasOther: true) }) == example.withOther)
    }

    @Test func repeatsAreAFifthOfTheRequestsInTheLongRun() {
        var budget = RetryBudget()
        let now = Timestamp(seconds: 1)
        var repeats = 0
        for _ in 0..<1_000 {
            budget.deposit()
            if budget.withdraw(now) { repeats += 1 }
        }
        #expect((200...220).contains(repeats))
        // With time a few come back even without requests.
        let isAllowed = budget.withdraw(now)
        let isAllowedLater = budget.withdraw(now + .seconds(2))
        #expect(!isAllowed && isAllowedLater)
    }

    @Test func theLessBusyOfTwoIsChosen() {
        for random in [UInt64(0), 1, 5 << 32, .max, 77 << 31] {
            #expect(ReplicaChoice.pick([3], random: random) == 0)
            #expect(ReplicaChoice.pick([9, 1], random: random) == 1)
            #expect(ReplicaChoice.pick([0, 1], random: random) == 0)
        }
        // Of many, the busiest is never the choice.
        for random in (0..<200).map({ UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }) {
            #expect(ReplicaChoice.pick([1, 2, 99, 3], random: random) != 2)
        }
    }
}
