import EventTypes
import Testing

@testable import GatewayService

@Suite struct RateLimitTests {
    private let policy = RatePolicy(name: "default", quota: 100, window: .seconds(60))
    private let start = Timestamp(seconds: 1_000)

    @Test func theWholeQuotaIsAllowedAtOnceAndNothingMore() {
        let limiter = RateLimiter()
        let answers = (0..<101).map { _ in
            limiter.check(.address("192.0.2.1"), policy, now: start)
        }
        #expect(answers.prefix(100).allSatisfy { $0.isAllowed })
        #expect(answers[99].remaining == 0)
        #expect(!answers[100].isAllowed)
        #expect(answers[100].retryAfter == 600_000)
        #expect(answers[100].resetAfter == 60_000_000)
    }

    @Test func theQuotaComesBackEvenly() {
        let limiter = RateLimiter()
        for _ in 0..<100 { _ = limiter.check(.address("a"), policy, now: start) }
        let later = start + .milliseconds(600)
        #expect(limiter.check(.address("a"), policy, now: later).isAllowed)
        #expect(!limiter.check(.address("a"), policy, now: later).isAllowed)
        #expect(limiter.check(.address("a"), policy, now: start + .seconds(61)).remaining == 99)
    }

    @Test func overAnyMinuteNoMoreThanTwiceTheQuotaPasses() {
        let limiter = RateLimiter()
        var passed = 0
        for step in 0..<6_000 {
            let now = start + .milliseconds(10) * step
            if limiter.check(.address("a"), policy, now: now).isAllowed { passed += 1 }
        }
        #expect(passed <= 200 && passed >= 199)
    }

    @Test func clientsAndPoliciesAreCountedApart() {
        let limiter = RateLimiter()
        let one = RatePolicy(name: "login", quota: 1, window: .seconds(60))
        let user = UserID(high: 1, low: 1)
        #expect(limiter.check(.user(user), one, now: start).isAllowed)
        #expect(!limiter.check(.user(user), one, now: start).isAllowed)
        #expect(limiter.check(.user(UserID(high: 1, low: 2)), one, now: start).isAllowed)
        #expect(limiter.check(.user(user), policy, now: start).isAllowed)
    }

    @Test func memoryIsBoundedAndRestedClientsMakeRoom() {
        let limiter = RateLimiter(clientLimit: 2)
        _ = limiter.check(.address("a"), policy, now: start)
        _ = limiter.check(.address("b"), policy, now: start)
        #expect(!limiter.check(.address("c"), policy, now: start).isAllowed)
        #expect(limiter.check(.address("c"), policy, now: start + .seconds(1)).isAllowed)
    }
}
