import Database
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import EventStore

/// A rebuild in many batches: the log is read once, and shares of its streams are folded side by
/// side.
@Suite(.timeLimit(.minutes(5))) struct RebuildTests {
    struct Refusal: Error, Equatable {}

    /// Totals that call somebody with every batch that they get.
    private struct WatchedTotals: Projection {
        var totals = Totals()
        let watch: @Sendable ([RecordedEvent]) async throws -> Void

        var name: String { totals.name }
        var version: Int { totals.version }
        var tables: [String] { totals.tables }
        var definition: String { totals.definition }
        var indexes: String { totals.indexes }
        var isPartitionable: Bool { totals.isPartitionable }

        func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
            try await watch(events)
            try await totals.apply(events, on: connection)
        }
    }

    /// The versions of each stream in the order in which they were folded.
    private final class Seen: Sendable {
        private let state = Mutex((orders: [StreamID: [Int64]](), batches: 0))

        var found: (orders: [StreamID: [Int64]], batches: Int) { state.withLock { $0 } }

        func note(_ events: [RecordedEvent]) {
            state.withLock { state in
                state.batches += 1
                for event in events {
                    state.orders[event.stream, default: []].append(event.version)
                }
            }
        }
    }

    private func rebuild(
        _ log: TestLog, _ limits: RebuildReader.Limits = .init(events: 7),
        _ watch: @escaping @Sendable ([RecordedEvent]) async throws -> Void
    ) -> ProjectionRebuild {
        ProjectionRebuild(
            projection: WatchedTotals(watch: watch), store: log.store, pool: log.pool,
            progress: nil, limits: limits)
    }

    /// Twelve streams, whose events are mixed.
    private func withEvents(
        _ body: @escaping @Sendable (TestLog) async throws -> Void
    ) async throws {
        try await TestLog.with { log in
            for amount in 1...10 {
                _ = try await log.store.commit(
                    CommandContext(correlationID: log.ids.next())
                ) { unit in
                    for key in 0..<12 { try await unit.decide(Tally.self, "\(key)", .add(amount)) }
                }
            }
            try await ProjectionTables.create(Totals(), log.pool)
            try await body(log)
        }
    }

    @Test func everyEventIsFoldedOnceInTheOrderOfItsStream() async throws {
        try await withEvents { log in
            let seen = Seen()
            let report = try await rebuild(log) { events in
                seen.note(events)
            }.run()
            #expect(report.events == 120 && report.rows == [12])
            let (orders, batches) = seen.found
            #expect(orders.count == 12)
            // Once into the new tables, once more into those that were served: nothing was.
            for (_, versions) in orders { #expect(versions == Array(1...10) + Array(1...10)) }
            // Both shares had some of nearly every batch.
            #expect(batches > 20)
            for key in 0..<12 {
                let rows = try await log.pool.query(
                    "select total from total where stream = \("tally-\(key)")")
                #expect(try rows.first?.get(0, as: Int64.self) == 55)
            }
            let again = try await rebuild(log) { _ in }.run()
            #expect(again.wasIdentical == true)
        }
    }

    @Test func aBatchEndsWhereItTakesTooMuchMemory() async throws {
        try await withEvents { log in
            let seen = Seen()
            // No event has room, but one is read at a time all the same.
            let limits = RebuildReader.Limits(events: 100, bytes: 1, page: 10)
            let report = try await rebuild(log, limits) { seen.note($0) }.run()
            #expect(report.events == 120)
            let (orders, batches) = seen.found
            for (_, versions) in orders { #expect(versions == Array(1...10) + Array(1...10)) }
            #expect(batches == 2 * 120)
        }
    }

    @Test func aShareThatFailsEndsTheRebuild() async throws {
        try await withEvents { log in
            let failing = rebuild(log) { events in
                if events.contains(where: { $0.stream == Tally.stream("5") && $0.version == 4 }) {
                    throw Refusal()
                }
            }
            await #expect(throws: Refusal()) { try await failing.run() }
            let rows = try await log.pool.query("select 1 from total")
            #expect(rows.isEmpty)
        }
    }

    @Test func aRebuildThatIsCancelledDoesNotSwitch() async throws {
        try await withEvents { log in
            let calls = AsyncStream.makeStream(of: Void.self)
            let slow = rebuild(log) { _ in
                calls.continuation.yield()
                // Until whoever hears it has cancelled; then it goes on as if nothing were.
                try? await Task.sleep(for: .seconds(3_600))
            }
            let result = await withTaskGroup(of: Result<RebuildReport, any Error>.self) { group in
                group.addTask {
                    do { return .success(try await slow.run()) } catch { return .failure(error) }
                }
                for await _ in calls.stream { break }
                group.cancelAll()
                return await group.next()
            }
            #expect(throws: (any Error).self) { try result?.get() }
            let rows = try await log.pool.query("select 1 from total")
            #expect(rows.isEmpty)
        }
    }

    @Test func newTablesHaveRoomWhereTheProjectionDoesNotSay() async throws {
        try await withEvents { log in
            _ = try await rebuild(log) { _ in }.run()
            let options = try await log.pool.query(
                "select reloptions[1] from pg_class where oid = 'total'::regclass"
            ).first?.get(0, as: String?.self)
            #expect(options == "fillfactor=\(ProjectionRebuild.fillFactor)")
        }
    }
}
