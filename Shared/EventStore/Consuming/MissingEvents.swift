internal import Database
internal import EventTypes
internal import Runtime

/// The numbers that a service has not got, kept until they have come: a request for them may get
/// lost, and so may whoever asked.
struct MissingEvents: Sendable {
    /// How long it takes until somebody asks again.
    static let pause: Duration = .seconds(3)

    let pool: DatabasePool

    /// Notes what is missing, before anything moves past it.
    ///
    /// - Returns: what was not known before.
    func note(_ losses: [InboxBatch.Loss]) async throws -> [InboxBatch.Loss] {
        if losses.isEmpty { return [] }
        let rows = try await pool.query(
            """
            INSERT INTO inbox_missing (source, topic, slot, until)
            SELECT * FROM unnest(\(losses.map(\.lane.source)), \(losses.map(\.lane.topic.rawValue)),
                \(losses.map { Int16($0.lane.slot) }), \(losses.map(\.until)))
            ON CONFLICT (source, topic, slot) DO UPDATE
            SET until = greatest(inbox_missing.until, excluded.until)
            RETURNING xmax = 0 AS is_new
            """)
        return try zip(losses, rows).filter { try $0.1.get("is_new") }.map(\.0)
    }

    /// Forgets what has come.
    ///
    /// - Returns: what is to be asked for now; whoever gets it is the one to ask.
    func due() async throws -> [RefillRequest] {
        let results = try await pool.pipeline([
            """
            DELETE FROM inbox_missing USING inbox_position p
            WHERE p.source = inbox_missing.source AND p.topic = inbox_missing.topic
                AND p.slot = inbox_missing.slot AND p.sequence >= inbox_missing.until
            """,
            """
            UPDATE inbox_missing m
            SET ask_at = clock_timestamp() + \(Self.pause.inMilliseconds) * interval '1 ms'
            FROM inbox_missing old LEFT JOIN inbox_position p
                ON p.source = old.source AND p.topic = old.topic AND p.slot = old.slot
            WHERE m.ask_at <= clock_timestamp() AND old.source = m.source
                AND old.topic = m.topic AND old.slot = m.slot
            RETURNING m.source, m.topic, m.slot, coalesce(p.sequence, 0) AS sequence,
                coalesce(p.position, 0) AS position
            """,
        ])
        return try (results.last ?? []).compactMap { row in
            guard let topic = Topic(rawValue: try row.get("topic", as: String.self)) else {
                return nil
            }
            return RefillRequest(
                source: try row.get("source"), topic: topic,
                slot: Int(try row.get("slot", as: Int64.self)), sequence: try row.get("sequence"),
                position: try row.get("position"))
        }
    }
}
