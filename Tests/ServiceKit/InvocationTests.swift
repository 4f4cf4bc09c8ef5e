import Testing

@testable import ServiceKit

@Suite struct InvocationTests {
    @Test(arguments: [
        ([], Invocation.ParkedAction.list), (["list"], .list), (["show", "a/b-1"], .show("a/b-1")),
        (["retry", "a/b-1"], .retry("a/b-1")), (["redrive"], .redrive(matching: nil)),
        (["redrive", "--matching", "no account"], .redrive(matching: "no account")),
        (["discard", "a/b-1", "--reason", "a test"], .discard("a/b-1", reason: "a test")),
        (["history"], .history),
    ])
    func actionsOnParkedEventsAreUnderstood(
        words: [String], action: Invocation.ParkedAction
    ) throws {
        #expect(try Invocation(["parked"] + words) == .parked(action))
    }

    @Test(arguments: [
        ["discard", "a/b-1"], ["discard", "a/b-1", "--reason", ""], ["redrive", "--matching", ""],
        ["redrive", "wallet"], ["retry"], ["forget"],
    ])
    func whatIsNoActionIsRefused(words: [String]) {
        #expect(throws: UsageError.self) { try Invocation(["parked"] + words) }
    }
}
