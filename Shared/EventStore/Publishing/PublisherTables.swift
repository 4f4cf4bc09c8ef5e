internal import Database
internal import EventTypes

/// The publisher's rows. All of it runs on the connection that holds the publisher's lock, so
/// whoever has lost the lock cannot write any more; the fence stops a writer that does not know it
/// yet.
struct PublisherTables: Sendable {
    /// Somebody else publishes this log now.
    struct Fenced: Error {}

    static let lockName = "souk.publisher"

    /// Takes the lock of this schema's log, for as long as the connection is lent.
    ///
    /// - Returns: the fencing number; nil while another process holds the lock.
    static func lock(_ connection: Connection) async throws -> Int64? {
        guard try await connection.tryLock(lockName) else { return nil }
        let fence = try await connection.query(
            """
            INSERT INTO publisher (only_row, position, fence) VALUES (true, 0, 1)
            ON CONFLICT (only_row) DO UPDATE SET fence = publisher.fence + 1 RETURNING fence
            """)
        return try fence.first?.get("fence", as: Int64.self)
    }

    static func read(_ connection: Connection) async throws -> PublisherState {
        var state = PublisherState()
        let rows = try await connection.query("SELECT position FROM publisher")
        state.position = try rows.first?.get("position", as: Int64.self) ?? 0
        for row in try await connection.query("SELECT topic, slot, sequence FROM publisher_slot") {
            guard let topic = Topic(rawValue: try row.get("topic", as: String.self)),
                let slot = Slot(try row.get("slot", as: Int.self))
            else { continue }
            state.sequences[.init(topic: topic, slot: slot)] = try row.get("sequence")
        }
        let ends = try await connection.query(
            "SELECT topic, partition, end_offset FROM publisher_end")
        for row in ends {
            guard let topic = Topic(rawValue: try row.get("topic", as: String.self)) else {
                continue
            }
            let partition = Int32(try row.get("partition", as: Int.self))
            state.ends[.init(topic: topic, partition: partition)] = try row.get("end_offset")
        }
        return state
    }

    /// Writes what has changed from `old` to `new`.
    ///
    /// - Throws: `Fenced` when a later publisher has taken over.
    static func write(
        _ new: PublisherState, over old: PublisherState, fence: Int64, _ connection: Connection
    ) async throws {
        var statements: [SQL] = [
            """
            UPDATE publisher SET position = \(new.position), updated_at = now()
            WHERE fence = \(fence) RETURNING position
            """
        ]
        let slots = new.sequences.filter { old.sequences[$0.key] != $0.value }
        if !slots.isEmpty {
            statements.append(
                """
                INSERT INTO publisher_slot (topic, slot, sequence)
                SELECT * FROM unnest(\(slots.map(\.key.topic.rawValue)),
                    \(slots.map { Int64($0.key.slot.number) }), \(slots.map(\.value)))
                WHERE \(isOurs(fence))
                ON CONFLICT (topic, slot) DO UPDATE SET sequence = excluded.sequence
                """)
        }
        let ends = new.ends.filter { old.ends[$0.key] != $0.value }
        if !ends.isEmpty {
            statements.append(
                """
                INSERT INTO publisher_end (topic, partition, end_offset)
                SELECT * FROM unnest(\(ends.map(\.key.topic.rawValue)),
                    \(ends.map { Int64($0.key.partition) }), \(ends.map(\.value)))
                WHERE \(isOurs(fence))
                ON CONFLICT (topic, partition) DO UPDATE SET end_offset = excluded.end_offset
                """)
        }
        let results = try await connection.pipeline(statements)
        guard results.first?.isEmpty == false else { throw Fenced() }
    }

    /// Forgets everything, so that the whole log is published again with the same numbers.
    static func forget(fence: Int64, _ connection: Connection) async throws {
        let results = try await connection.pipeline([
            "UPDATE publisher SET position = 0 WHERE fence = \(fence) RETURNING position",
            "DELETE FROM publisher_slot WHERE \(isOurs(fence))",
            "DELETE FROM publisher_end WHERE \(isOurs(fence))",
        ])
        guard results.first?.isEmpty == false else { throw Fenced() }
    }

    /// Whether the row that the transaction has just written is there: each statement asks, because
    /// one that touches no row does not stop those that follow.
    private static func isOurs(_ fence: Int64) -> SQL {
        "EXISTS (SELECT 1 FROM publisher WHERE fence = \(fence))"
    }
}
