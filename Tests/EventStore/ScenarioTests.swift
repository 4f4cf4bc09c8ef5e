import EventTypes
import TestSupport
import Testing

@Suite struct ScenarioTests {
    @Test func aScenarioTellsWhatWasDecidedAndWhatWasRefused() {
        given(Tally.self, [.added(TallyAdded(amount: 3))])
            .when(.take(2)).then([.taken(TallyTaken(amount: 2))])
            .when(.take(2)).refuses(with: .tooLittle(has: 1))
            .when(.add(0)).thenNothing()
    }

    @Test func aWrongExpectationIsAnIssue() {
        withKnownIssue { given(Tally.self).when(.add(1)).thenNothing() }
        withKnownIssue { given(Tally.self).when(.add(1)).isRefused() }
        withKnownIssue { given(Tally.self).when(.take(1)).then([]) }
    }
}
