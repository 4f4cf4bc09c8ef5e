internal import Database
internal import EventTypes

/// Reads the log for a rebuild, in batches that neither have too many events nor take too much
/// memory.
struct RebuildReader: Sendable {
    struct Limits: Sendable {
        /// Rows that many events of a batch change are written once, so large ones pay.
        var events: Int64 = 160_000
        /// Of the rows of a batch, as the database's library keeps them. A batch is folded while
        /// the next is read, and what is made of rows takes about as much as they do.
        var bytes = 64 << 20
        /// Events that are asked for at once: a batch may have so many more bytes.
        var page: Int64 = 20_000
    }

    struct Batch: Sendable {
        /// By shares of the streams.
        let events: [[RecordedEvent]]
        let lastPosition: Int64
    }

    let store: PostgresEventStore
    let pool: DatabasePool
    let limits: Limits
    /// Of an event of the page before; of the first page, that nearly none has more.
    private var bytesOfEvent = 64 << 10

    init(store: PostgresEventStore, pool: DatabasePool, limits: Limits) {
        self.store = store
        self.pool = pool
        self.limits = limits
    }

    /// The events after one position, up to another at most, each with those of its stream.
    mutating func read(
        after start: Int64, upTo end: Int64, shares: Int
    ) async throws -> Batch {
        var events = [[RecordedEvent]](repeating: [], count: shares)
        let end = min(end, start + limits.events)
        var position = start
        var bytes = 0
        while position < end, bytes < limits.bytes {
            let fitting = max(1, Int64((limits.bytes - bytes) / bytesOfEvent))
            let until = min(end, position + min(limits.page, fitting))
            let rows = try await pool.query(
                """
                select \(PostgresEventStore.columns) from event
                where position > \(position) and position <= \(until) order by position
                """, isReadOnly: true)
            for row in rows {
                let event = try store.event(row)
                let share = shares == 1 ? 0 : Slot(of: event.stream).number % shares
                events[share].append(event)
            }
            let size = rows.first?.resultBytes ?? 0
            bytesOfEvent = max(1, size / max(1, rows.count))
            bytes += size
            position = until
        }
        return Batch(events: events, lastPosition: position)
    }
}
