import EventTypes
import Testing

@testable import EventStore

@Suite struct ReadAheadTests {
    private func page(_ positions: ClosedRange<Int64>) -> ReadAhead.Page {
        positions.map { position in
            let id = EventID(high: 0, low: UInt64(position))
            return (
                RecordedEvent(
                    position: position, stream: StreamID("a-1"), version: position,
                    type: EventType("a.b"), id: id, recordedAt: Timestamp(seconds: 0),
                    payload: [], metadata: EventMetadata(correlationID: CorrelationID(id))),
                []
            )
        }
    }

    private func positions(_ answer: ReadAhead.Answer) -> [Int64]? {
        guard case .page(let page) = answer else { return nil }
        return page.map(\.0.position)
    }

    @Test func thePagesBehindAFullOneAreWaitedForAndTaken() {
        var ahead = ReadAhead()
        guard case .read = ahead.take(after: 0) else { return #expect(Bool(false), "not read") }
        #expect(ahead.begin(behind: page(1...3), limit: 3) == [3, 6])
        guard case .wait = ahead.take(after: 3) else { return #expect(Bool(false), "no wait") }
        // In any order.
        ahead.arrived(after: 6, page(7...8))
        guard case .wait = ahead.take(after: 3) else { return #expect(Bool(false), "no wait") }
        ahead.arrived(after: 3, page(4...6))
        #expect(positions(ahead.take(after: 3)) == [4, 5, 6])
        // Once.
        #expect(positions(ahead.take(after: 3)) == nil)
        // The second is there already.
        #expect(ahead.begin(behind: page(4...6), limit: 3) == [9])
        #expect(positions(ahead.take(after: 6)) == [7, 8])
    }

    @Test func nothingIsReadBehindTheEnd() {
        var ahead = ReadAhead()
        #expect(ahead.begin(behind: page(1...2), limit: 3) == [])
        #expect(ahead.begin(behind: [], limit: 3) == [])
    }

    @Test func whatWasNotThereThenIsLookedForAgain() {
        var ahead = ReadAhead()
        _ = ahead.begin(behind: page(1...3), limit: 3)
        ahead.arrived(after: 3, [])
        guard case .read = ahead.take(after: 3) else { return #expect(Bool(false), "not read") }
    }

    @Test func aPageOfAnotherPlaceIsNotTaken() {
        var ahead = ReadAhead()
        _ = ahead.begin(behind: page(1...3), limit: 3)
        // The log is published anew meanwhile.
        guard case .read = ahead.take(after: 0) else { return #expect(Bool(false), "not read") }
        #expect(ahead.begin(behind: page(1...4), limit: 4) == [4, 8])
        ahead.arrived(after: 3, page(4...6))
        guard case .wait = ahead.take(after: 4) else { return #expect(Bool(false), "no wait") }
        guard case .read = ahead.take(after: 3) else { return #expect(Bool(false), "not read") }
    }
}
