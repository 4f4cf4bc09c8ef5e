import EventTypes
import Runtime
import TestSupport
import Testing

@testable import EventStore

@Suite struct InspectionTests {
    private struct Unreachable: Error {}

    /// An inspection that failed ended all that follow, and a topic that was lost later was never
    /// filled again, as long as the service had nothing new to publish.
    @Test func anEndThatCannotBeReadHidesNoOther() async {
        let highs = await Publisher.highs(
            of: [.userEvents, .walletEvents, .orderEvents], .silent
        ) { topic in
            if topic == .walletEvents { throw Unreachable() }
            return [(0, 7), (1, 3), (0, 9)]
        }
        #expect(highs == [.userEvents: [0: 9, 1: 3], .orderEvents: [0: 9, 1: 3]])
    }
}
