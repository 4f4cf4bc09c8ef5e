public import Database

/// How far one slot of one topic of one source is: published, or applied by a consumer. The numbers
/// of both sides are the same, so their difference is how many events a consumer is behind.
public struct LaneProgress: Sendable, Hashable {
    public let source: String
    public let topic: String
    public let slot: Int
    /// The number of the last event.
    public let sequence: Int64

    public init(source: String, topic: String, slot: Int, sequence: Int64) {
        self.source = source
        self.topic = topic
        self.slot = slot
        self.sequence = sequence
    }

    /// What the log of `source` has published, by its own account.
    public static func published(
        by source: String, _ pool: DatabasePool, timeout: Duration = .seconds(5)
    ) async throws -> [LaneProgress] {
        try await pool.query(
            "select topic, slot, sequence from publisher_slot", isReadOnly: true, timeout: timeout
        ).map { row in
            LaneProgress(
                source: source, topic: try row.get("topic"),
                slot: Int(try row.get("slot", as: Int64.self)), sequence: try row.get("sequence"))
        }
    }

    /// What the service of the pool's schema has applied.
    public static func applied(
        _ pool: DatabasePool, timeout: Duration = .seconds(5)
    ) async throws -> [LaneProgress] {
        try await pool.query(
            "select source, topic, slot::bigint as slot, sequence from inbox_position",
            isReadOnly: true, timeout: timeout
        ).map { row in
            LaneProgress(
                source: try row.get("source"), topic: try row.get("topic"),
                slot: Int(try row.get("slot", as: Int64.self)), sequence: try row.get("sequence"))
        }
    }
}
