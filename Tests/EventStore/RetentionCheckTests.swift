import Bus
import Testing

@testable import EventStore

@Suite struct RetentionCheckTests {
    private func lag(_ partition: Int32, _ committed: Int64?, low: Int64) -> PartitionLag {
        PartitionLag(
            topic: "orders", partition: partition, committed: committed, low: low, high: 20)
    }

    @Test func onlyWhatBeginsAfterTheLastReadIsAGap() {
        let gaps = RetentionCheck.gaps([
            lag(0, 5, low: 5), lag(1, 5, low: 6), lag(2, nil, low: 6), lag(3, 9, low: 0),
        ])
        #expect(gaps == ["orders": .init(count: 4, partitions: [1])])
        #expect(RetentionCheck.gaps([lag(0, 5, low: 5)]).isEmpty)
    }
}
