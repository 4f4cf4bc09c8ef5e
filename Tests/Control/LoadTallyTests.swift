import Testing

@testable import ControlService

@Suite struct LoadTallyTests {
    private func outcome(_ milliseconds: Int, _ order: String?) -> LoadBuyer.Outcome {
        LoadBuyer.Outcome(
            took: .milliseconds(milliseconds), order: order,
            reason: order == nil ? "out_of_stock" : nil)
    }

    @Test func percentilesAreThoseOfWhatCameToAnOrder() {
        let tally = LoadTally(
            (1...100).shuffled().map { outcome($0, "order-\($0)") } + [outcome(9_999, nil)])
        #expect(tally.percentile(50) == .milliseconds(50))
        #expect(tally.percentile(95) == .milliseconds(95))
        #expect(tally.percentile(99) == .milliseconds(99))
        #expect(tally.percentile(100) == .milliseconds(100))
        #expect(tally.failures == ["out_of_stock": 1])
        #expect(LoadTally([]).percentile(99) == nil)
    }

    @Test func checkoutsBeginAtEvenTimes() {
        let load = LoadSettings(rate: 20, seconds: 300, buyers: 100)
        #expect(load.checkouts == 6_000 && load.share == 60)
        #expect(load.start(of: 0) == .zero && load.start(of: 1) == .milliseconds(50))
        #expect(load.start(of: 5_999) == .milliseconds(299_950))
    }
}
