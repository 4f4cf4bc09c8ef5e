import Database
import EventStore
import EventTypes

/// A read model: each tally's total.
struct Totals: Projection {
    let name = "totals"
    let tables = ["total"]
    var version = 1
    var definition = "create table total (stream text primary key, total bigint not null);"
    let indexes = "create index total_by_total on total (total);"
    let isPartitionable = true
    /// How much each addition counts.
    var factor: Int64 = 1

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var changes: [String: Int64] = [:]
        for event in events {
            switch try event.decode(TallyEvent.self) {
            case .added(let fact): changes[event.stream.name, default: 0] += Int64(fact.amount)
            case .taken(let fact): changes[event.stream.name, default: 0] -= Int64(fact.amount)
            }
        }
        _ = try await connection.query(
            """
            insert into total (stream, total)
            select * from unnest(\(Array(changes.keys)), \(changes.values.map { $0 * factor }))
            on conflict (stream) do update set total = total.total + excluded.total
            """)
    }
}
