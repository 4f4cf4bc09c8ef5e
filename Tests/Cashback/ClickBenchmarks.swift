internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

/// How long leaving for a shop takes, the durable click included.
@Suite("Time of a click", .serialized) struct ClickBenchmarks {
    @Test func `a click takes well under ten milliseconds`() async throws {
        try await CashbackScene.with { scene in
            for _ in 0..<20 { _ = try await scene.leave() }
            var times: [Duration] = []
            for _ in 0..<200 {
                let start = ContinuousClock.now
                _ = try await scene.leave()
                times.append(ContinuousClock.now - start)
            }
            times.sort()
            print("click: median \(times[100]), 99 % \(times[197])")
            // The others may have waited for other tests.
            #expect(times[0] < .milliseconds(10))
        }
    }
}
