import TestSupport
import Testing

/// Each protocol holds whatever happens, and each flaw that is put into it is noticed.
@Suite(.timeLimit(.minutes(60))) struct SimulationTests {
    @Test func whatIsAppendedIsThereOnceAndSeenByWhoeverFollows() {
        Seeds.hold(AppendWorld.self)
    }

    @Test(arguments: AppendWorld.Flaw.allCases)
    func aBrokenAppendIsNoticed(_ flaw: AppendWorld.Flaw) {
        Seeds.notice(AppendWorld.self, flaw)
    }

    @Test func publishedEventsHaveTheirEffectOnceAndInOrder() { Seeds.hold(JourneyWorld.self) }

    @Test(arguments: JourneyWorld.Flaw.allCases)
    func aBrokenJourneyIsNoticed(_ flaw: JourneyWorld.Flaw) {
        Seeds.notice(JourneyWorld.self, flaw)
    }

    @Test func aTableThatIsBuiltAnewTakesOverWhereTheOldOneStands() {
        Seeds.hold(RebuildWorld.self)
    }

    @Test(arguments: RebuildWorld.Flaw.allCases)
    func aBrokenRebuildIsNoticed(_ flaw: RebuildWorld.Flaw) {
        Seeds.notice(RebuildWorld.self, flaw)
    }

    @Test func timersAreHandledOnce() { Seeds.hold(TimerWorld.self) }

    @Test(arguments: TimerWorld.Flaw.allCases)
    func aBrokenTimerIsNoticed(_ flaw: TimerWorld.Flaw) {
        Seeds.notice(TimerWorld.self, flaw)
    }
}
