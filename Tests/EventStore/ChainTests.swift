import Database
import EventTypes
import Runtime
import Testing

@testable import EventStore

/// Units of one batch that expect different things of the same stream.
@Suite struct ChainTests {
    private static let stream = Tally.stream("a")

    /// A unit that only looks at the stream, in this version.
    private static func looking(at version: Int64) -> UnitDraft {
        var draft = UnitDraft()
        draft.streams = [StreamDraft(id: stream, expected: version)]
        return draft
    }

    /// Another process has moved the stream on between the readings of the two units.
    @Test(arguments: [true, false])
    func noEventStandsInTheLogWithoutItsVersion(looksFirst: Bool) async throws {
        try await TestLog.with { log in
            for _ in 0..<2 {
                _ = try await log.store.commit(CommandContext(correlationID: log.ids.next())) {
                    try await $0.decide(Tally.self, "a", .add(1))
                }
            }
            let (look, add) = (Self.looking(at: 1), log.adding(behind: 2, of: Self.stream))
            let batch = UnitBatch(looksFirst ? [look, add] : [add, look])
            let row = try #require(try await log.pool.query(batch.sql(isStrict: false)).first)
            let faults = try UnitFault.list(try row.get(1))
            #expect(faults.count == 2)
            let counted = try await log.pool.query(
                """
                select s.version, max(e.version) from stream s join event e on e.stream = s.id
                where s.id = \(Self.stream)::text group by s.version
                """)
            let versions = try #require(counted.first)
            #expect(try versions.get(0, as: Int64.self) == 2)
            #expect(try versions.get(1, as: Int64.self) == 2)
        }
    }
}
