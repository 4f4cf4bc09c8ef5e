import EventStore
import Testing

@testable import ControlService

@Suite struct ConsumerLagTests {
    private func lane(_ slot: Int, _ sequence: Int64, topic: String = "orders") -> LaneProgress {
        LaneProgress(source: "order", topic: topic, slot: slot, sequence: sequence)
    }

    @Test func theDifferenceOfBothSidesIsSummedOverTheSlots() throws {
        let lags = ConsumerLag.all(
            applied: ["analytics": [lane(1, 10), lane(2, 5)]],
            published: [
                "order": [lane(1, 10), lane(2, 9), lane(3, 4), lane(1, 99, topic: "other")]
            ])
        let lag = try #require(lags.first)
        #expect(lags.count == 1)
        #expect(lag.behind == 8)
        #expect(lag.lagging == [2: 5, 3: 0])
        #expect(lag.applied == 15 && lag.published == 23)
    }

    @Test func aConsumerThatIsAheadOfThePublishersNoteIsNotBehind() {
        let lags = ConsumerLag.all(
            applied: ["analytics": [lane(1, 12)]], published: ["order": [lane(1, 10)]])
        #expect(lags.map(\.behind) == [0])
    }

    @Test func aSourceThatDidNotAnswerIsLeftOut() {
        #expect(ConsumerLag.all(applied: ["analytics": [lane(1, 12)]], published: [:]).isEmpty)
    }
}
