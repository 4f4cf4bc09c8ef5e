import Testing

@testable import ControlService

@Suite struct DemoPatienceTests {
    private let start = ContinuousClock.now

    @Test func pausesGrowUntilPatienceIsAtItsEnd() {
        var patience = DemoPatience(now: start)
        var now = start
        var pauses: [Duration] = []
        while let pause = patience.next(told: nil, now: now) {
            pauses.append(pause)
            now += pause
        }
        #expect(pauses.prefix(3) == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(pauses.last == DemoPatience.longestPause)
        #expect(start + DemoPatience.limit <= now)
        #expect(now < start + DemoPatience.limit + DemoPatience.longestPause)
    }

    /// Thirty people behind one address wait longer than anybody would for a platform that fails.
    @Test func whoIsToldToWaitWaitsAsLongAsTold() {
        var patience = DemoPatience(now: start)
        var now = start
        while now < start + .seconds(1_800) {
            let pause = patience.next(told: .seconds(7), now: now)
            #expect(pause == .seconds(7))
            now += pause ?? .seconds(7)
        }
        // From now on it is silent.
        #expect(patience.next(told: nil, now: now + .seconds(80)) != nil)
        #expect(patience.next(told: nil, now: now + .seconds(100)) == nil)
    }

    @Test func butNotForEver() {
        var patience = DemoPatience(now: start)
        #expect(patience.next(told: DemoPatience.limitWhenTold, now: start) != nil)
        #expect(patience.next(told: .seconds(3), now: start + .seconds(3_598)) == nil)
    }
}
