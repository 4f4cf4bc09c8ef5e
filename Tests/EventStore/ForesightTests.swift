import Database
import EventTypes
import Runtime
import TestSupport
import Testing

@testable import EventStore

/// Streams that are read ahead of who asks for them.
@Suite struct ForesightTests {
    private static func add(_ key: String, _ times: Int, _ log: TestLog) async throws {
        _ = try await log.store.commit(CommandContext(correlationID: log.ids.next())) { unit in
            for _ in 0..<times { try await unit.decide(Tally.self, key, .add(1)) }
        }
    }

    /// Another process with the same log, which knows nothing of it yet.
    private static func withAnother(
        _ log: TestLog, _ body: @Sendable (PostgresEventStore) async throws -> Void
    ) async throws {
        let store = PostgresEventStore(
            pool: log.pool, loop: log.loop, logger: .silent, metrics: Metrics())
        let lifecycle = Lifecycle()
        async let done: Void = store.run(lifecycle)
        await lifecycle.waitUntilReady()
        defer { lifecycle.requestShutdown() }
        try await body(store)
        lifecycle.requestShutdown()
        try await done
    }

    /// Loads a tally in a unit.
    ///
    /// - Returns: its total, and how many streams were read for it.
    private static func total(
        _ key: String, _ store: PostgresEventStore, _ log: TestLog
    ) async throws -> [Int] {
        try await store.commit(CommandContext(correlationID: log.ids.next())) { unit in
            [try await unit.load(Tally.self, key).total, unit.reads]
        }.result
    }

    @Test func whatWasForeseenIsNotReadAgain() async throws {
        try await TestLog.with { log in
            try await Self.add("few", 3, log)
            try await Self.add("many", Int(PostgresEventStore.foreseenEvents), log)
            // A snapshot, and some events behind it.
            try await Self.add("kept", 205, log)
            let kind = SnapshotWriter.kind(Tally.State.self)
            while try await log.pool.query(
                "select 1 from stream_snapshot where kind = \(kind)::text", isReadOnly: true
            ).isEmpty {
                try await log.loop.sleep(for: .milliseconds(5))
            }
            try await Self.add("kept", 7, log)
            try await Self.withAnother(log) { store in
                await store.foresee { unit in
                    for key in ["few", "none", "many", "kept", "few"] {
                        let events = try? await unit.decide(Tally.self, key, .add(1))
                        #expect(events == nil)
                    }
                }
                var found: [[Int]] = []
                for key in ["few", "none", "kept", "many", "unforeseen"] {
                    found.append(try await Self.total(key, store, log))
                }
                // One that is too long is not read with others.
                let many = Int(PostgresEventStore.foreseenEvents)
                #expect(found == [[3, 0], [0, 0], [212, 0], [many, 1], [0, 1]])
                // What is at hand is decided on.
                await store.foresee { unit in
                    let state = try? await unit.load(Tally.self, "few")
                    #expect(state?.total == 3)
                }
            }
        }
    }

    @Test func whatMovesOnAfterItWasForeseenIsReadAgain() async throws {
        try await TestLog.with { log in
            try await Self.add("known", 1, log)
            try await Self.withAnother(log) { store in
                await store.foresee { unit in
                    for key in ["known", "new"] { _ = try? await unit.load(Tally.self, key) }
                }
                for key in ["known", "new"] {
                    try await Self.add(key, 1, log)
                    _ = try await store.commit(CommandContext(correlationID: log.ids.next())) {
                        try await $0.decide(Tally.self, key, .add(10))
                    }
                }
                #expect(try await store.load(Tally.self, "known").state.total == 12)
                #expect(try await store.load(Tally.self, "new").state.total == 11)
            }
        }
    }

    @Test func oneReadIsAReasonToLookAhead() {
        var foresight = Foresight()
        let answers = [
            (0, 100), (1, Foresight.least - 1), (1, 100), (1, 99), (2, 98), (4, 97), (5, 96),
        ].map { foresight.isWorthIt(reads: $0.0, left: $0.1) }
        #expect(answers == [false, false, true, false, true, true, false])
    }
}
