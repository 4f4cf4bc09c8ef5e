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

    @Test func `what was written here is not read`() async throws {
        let desk = NewsDesk()
        func positions(after position: Int64) async throws -> [Int64] {
            try await desk.events(after: position, limit: 100) { [] }.map(\.position)
        }
        desk.put(Self.page(11...15))
        desk.put(Self.page(16...17))
        #expect(try await positions(after: 10) == Array(11...17))
        #expect(try await positions(after: 16) == [17])
        #expect(try await positions(after: 17).isEmpty)
        // Batches are answered in any order.
        desk.put(Self.page(20...21))
        desk.put(Self.page(18...19))
        #expect(try await positions(after: 17) == Array(18...21))
        // Who stands before a hole reads; what is older than what is at hand does not replace it.
        desk.put(Self.page(31...32))
        #expect(try await positions(after: 21).isEmpty)
        desk.put(Self.page(5...6))
        #expect(try await positions(after: 30) == [31, 32])
    }

    @Test func `only the last of what was written is kept`() async throws {
        let desk = NewsDesk()
        let count = Int64(NewsDesk.keptEvents)
        for first in stride(from: 1, through: count * 5, by: 100) {
            desk.put(Self.page(first...first + 99))
        }
        func events(after position: Int64) async throws -> Int {
            try await desk.events(after: position, limit: .max) { [] }.count
        }
        #expect(try await events(after: count * 4) == Int(count))
        #expect(try await events(after: count * 2) == 0)
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
