import Testing

@testable import Bus

/// When a reading asks for more.
@Suite struct QueueLevelTests {
    @Test func eachHalvingIsSaidOnce() {
        var level = QueueLevel()
        let counts = [0, 40_000, 50_000, 30_000, 24_999, 24_000, 12_499, 12_400, 60_000, 29_999]
        #expect(counts.filter { level.hasHalved($0) } == [24_999, 12_400, 29_999])
    }

    @Test func fewAreNotWorthAQuestion() {
        var level = QueueLevel()
        #expect([QueueLevel.least, 0, 900, 1, 0].allSatisfy { !level.hasHalved($0) })
    }
}
