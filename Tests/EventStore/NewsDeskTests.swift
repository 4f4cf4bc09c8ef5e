import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import EventStore

@Suite("What followers of the log share") struct NewsDeskTests {
    private static func event(_ position: Int64) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: StreamID("a-1"), version: position,
            type: EventType("a.b"), id: SequentialIdentifiers.identifier(UInt64(position)),
            recordedAt: Timestamp(seconds: 0), payload: [],
            metadata: EventMetadata(
                correlationID: SequentialIdentifiers.identifier(1), causationID: nil,
                actor: "test", traceparent: nil))
    }

    private static func page(_ positions: ClosedRange<Int64>) -> [RecordedEvent] {
        positions.map(event)
    }

    @Test func `a page serves all who stand within it`() async throws {
        let desk = NewsDesk()
        _ = try await desk.events(after: 10, limit: 100) { Self.page(11...20) }
        func positions(after position: Int64, limit: Int = 100) async throws -> [Int64] {
            try await desk.events(after: position, limit: limit) { [] }.map(\.position)
        }
        #expect(try await positions(after: 10) == Array(11...20))
        #expect(try await positions(after: 15, limit: 3) == [16, 17, 18])
        #expect(try await positions(after: 19) == [20])
        // Before it, behind it, and where nothing new has come, the log itself is asked.
        for position: Int64 in [0, 9, 20, 21] {
            #expect(try await positions(after: position).isEmpty)
        }
        #expect(try await positions(after: 15) == Array(16...20))
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    @Test func `many at once read once`() async throws {
        let desk = NewsDesk()
        let reads = Count()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await desk.events(after: 0, limit: 100) {
                        reads.value.add(1, ordering: .relaxed)
                        await Task.yield()
                        return Self.page(1...5)
                    }.count
                }
            }
            for try await count in group { #expect(count == 5) }
        }
        #expect(reads.value.load(ordering: .relaxed) == 1)
    }

    @Test func `who fails to read lets the next one try`() async throws {
        struct Broken: Error {}
        let desk = NewsDesk()
        await #expect(throws: Broken.self) {
            try await desk.events(after: 0, limit: 1) { throw Broken() }
        }
        let events = try await desk.events(after: 0, limit: 1) { Self.page(1...1) }
        #expect(events.count == 1)
    }
}
