import Database
import EventTypes
import Runtime
import Testing

@testable import EventStore

/// The short way for a unit with one event: it does all of it or nothing.
@Suite struct OneEventTests {
    private static let stream = Tally.stream("a")

    private static func unit(
        behind version: Int64, key: String? = nil, _ log: TestLog
    ) -> UnitDraft {
        var draft = log.adding(behind: version, of: stream)
        draft.outcome = key.map {
            OutcomeDraft(
                key: IdempotencyKey(
                    scope: "test", key: $0, fingerprint: [1], lifetime: .seconds(60)),
                outcome: Array("{}".utf8), token: log.ids.next(EventTag.self))
        }
        return draft
    }

    private static func commit(_ unit: UnitDraft, _ log: TestLog) async throws -> Int64? {
        let one = try #require(OneEvent(unit))
        return try #require(try await log.pool.query(one.sql).first).get(0)
    }

    /// The version, events, outcomes and the head of the log.
    private static func counts(_ log: TestLog) async throws -> [Int64] {
        let rows = try await log.pool.query(
            """
            select coalesce((select version from stream where id = \(stream)::text), 0),
                (select count(*) from event), (select count(*) from command_outcome),
                (select position from log_head)
            """)
        let row = try #require(rows.first)
        return try (0..<4).map { try row.get($0) }
    }

    @Test(arguments: [nil, "k"] as [String?])
    func anEventIsAddedBehindTheOneBefore(key: String?) async throws {
        try await TestLog.with { log in
            let first = Self.unit(behind: 0, key: key, log)
            let got1 = try await Self.commit(first, log)
            #expect(got1 == 0)
            let second = Self.unit(behind: 1, key: key.map { $0 + "2" }, log)
            let got2 = try await Self.commit(second, log)
            #expect(got2 == 1)
            let outcomes: Int64 = key == nil ? 0 : 2
            let got3 = try await Self.counts(log)
            #expect(got3 == [2, 2, outcomes, 2])
        }
    }

    @Test func whatIsInTheWayLeavesNothing() async throws {
        try await TestLog.with { log in
            let first = Self.unit(behind: 0, key: "k", log)
            let got4 = try await Self.commit(first, log)
            #expect(got4 == 0)
            for (version, key) in [(0, "new"), (5, "new"), (1, "k"), (0, "k")] {
                let unit = Self.unit(behind: Int64(version), key: key, log)
                let got5 = try await Self.commit(unit, log)
                #expect(got5 == nil)
                let got6 = try await Self.counts(log)
                #expect(got6 == [1, 1, 1, 1])
            }
        }
    }

    /// A stream that only the refused unit would have begun.
    @Test func aKeyThatIsTakenBeginsNoStream() async throws {
        try await TestLog.with { log in
            var first = Self.unit(behind: 0, key: "k", log)
            first.streams[0] = StreamDraft(
                id: Tally.stream("b"), expected: 0, events: first.streams[0].events)
            let got7 = try await Self.commit(first, log)
            #expect(got7 == 0)
            let got8 = try await Self.commit(Self.unit(behind: 0, key: "k", log), log)
            #expect(got8 == nil)
            let got9 = try await Self.counts(log)
            #expect(got9 == [0, 1, 1, 1])
        }
    }

    @Test func whatIsMoreThanOneEventGoesTheLongWay() async throws {
        try await TestLog.with { log in
            var unit = Self.unit(behind: 0, log)
            #expect(OneEvent(unit) != nil)
            unit.claims = [
                ClaimChange(action: .take, scope: "s", key: "k", stream: Self.stream)
            ]
            #expect(OneEvent(unit) == nil)
            unit = Self.unit(behind: 0, log)
            unit.streams.append(StreamDraft(id: Tally.stream("b"), expected: 0))
            #expect(OneEvent(unit) == nil)
        }
    }
}
