import Runtime
import Synchronization
import Testing

@testable import ControlService

@Suite struct DemoFindingTests {
    /// Looks that find one after the other; the last one again and again.
    private func settled(_ looks: [[Bool]], within patience: Duration) async throws -> [Bool] {
        let loop = EventLoop(name: "demo")
        defer { loop.stop() }
        let left = Mutex(looks)
        let findings = try await DemoFinding.settled(
            on: loop, within: patience, pausing: .zero
        ) {
            left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
                .map { DemoFinding("it", "is so", $0) }
        }
        return findings.map(\.holds)
    }

    /// Topics that agree among themselves were taken for the whole, and a list that told of what
    /// came on them a moment later was compared with them until the patience was over.
    @Test func whatHeldIsLookedAtAgainWithWhatDidNot() async throws {
        let found = try await settled(
            [[true, false], [false, true], [true, true], [false]], within: .seconds(600))
        #expect(found == [true, true])
    }

    @Test func theLastLookIsReportedWhenThePatienceIsOver() async throws {
        let found = try await settled([[false, true], [true, true]], within: .zero)
        #expect(found == [false, true])
    }
}
