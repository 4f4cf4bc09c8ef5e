import Testing

@testable import ControlService

@Suite struct DemoErrandTests {
    @Test func theFirstCustomersGoEveryCourseAndThenEveryThirdGoesOne() {
        let courses = (0..<30).map { DemoErrand(ofCustomer: $0)?.course }
        #expect(courses[..<6].compactMap { $0 } == DemoErrand.Course.allCases)
        #expect(courses[6...].count { $0 != nil } == 8)
        #expect(courses[6] != nil && courses[7] == nil && courses[8] == nil)
    }

    /// Computed by hand: three discs and a box are 94.92, three percent of that 2.85.
    @Test func whatComesBackIsInProportion() throws {
        let returned = try #require(DemoErrand(ofCustomer: 1))
        #expect(returned.course == .returned && returned.total == 9_492)
        #expect(returned.credited == 285 && returned.clawedBack == 46)
        #expect(returned.settled == 9_492 - 1_499 - 285 + 46)
        let repeated = try #require(DemoErrand(ofCustomer: 4))
        #expect(repeated.course == .repeated && repeated.total == 9_492)
        #expect(repeated.credited == 275 && repeated.clawedBack == 0)
        #expect(repeated.settled == 9_492 - 333 - 275)
    }

    @Test func whatIsNotBoughtOrTakenBackEarnsNothing() throws {
        let cancelled = try #require(DemoErrand(ofCustomer: 2))
        #expect(cancelled.course == .cancelled && cancelled.refunded == cancelled.total)
        #expect(cancelled.credited == 0 && cancelled.settled == 0)
        let poor = try #require(DemoErrand(ofCustomer: 3))
        #expect(poor.course == .poor && poor.deposit < poor.total)
        #expect(poor.credited == 0 && poor.settled == 0 && poor.orderState == nil)
        let mixed = try #require(DemoErrand(ofCustomer: 5))
        #expect(mixed.course == .mixed && mixed.total == 3 * 1_499 + 2 * 745)
        #expect(mixed.credited == 135)
    }
}
