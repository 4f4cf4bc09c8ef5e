public import Database
public import EventTypes
internal import Runtime

/// How far everything is that follows one log, and what of it stands still: one reading, at the
/// database's time.
public struct LogHealth: Sendable, Equatable {
    /// A read model, or the publisher.
    public struct Follower: Sendable, Equatable {
        /// `projection balances`, or `publisher`.
        public let name: String
        public let position: Int64
        /// When the first event that it has not passed was recorded; nil when it has passed all.
        public let oldest: Timestamp?
    }

    /// Timers of one kind that should have been handled long ago.
    public struct OverdueTimers: Sendable, Equatable {
        public let kind: String
        public let count: Int
        /// The most attempts that one of them has had.
        public let attempts: Int
        /// When the first of them was due.
        public let oldest: Timestamp
    }

    /// Events of one source that could not be handled, with those that queue behind them.
    public struct Parked: Sendable, Equatable {
        public let source: String
        public let events: Int
        public let streams: Int
        public let oldest: Timestamp
    }

    /// How late a timer must be to count as overdue.
    public static let overdueAfter: Duration = .seconds(10)

    public let now: Timestamp
    /// The last position of the log.
    public let head: Int64
    public let followers: [Follower]
    public let overdue: [OverdueTimers]
    public let parked: [Parked]

    /// Reads the tables of the schema that comes first in the pool's search path.
    ///
    /// - Throws: `DatabaseError`, with a statement's own timeout when a lock is in the way.
    public static func read(
        _ pool: DatabasePool, timeout: Duration = .seconds(5)
    ) async throws -> LogHealth {
        let rows = try await pool.query(statement, isReadOnly: true, timeout: timeout)
        var now = Timestamp(seconds: 0)
        var head: Int64 = 0
        var followers: [Follower] = []
        var overdue: [OverdueTimers] = []
        var parked: [Parked] = []
        for row in rows {
            let name: String = try row.get("name")
            let number: Int64 = try row.get("number")
            let other: Int64 = try row.get("other")
            let since: Timestamp? = try row.get("since")
            switch try row.get("kind", as: String.self) {
            case "head": (head, now) = (number, since ?? now)
            case "follower":
                followers.append(Follower(name: name, position: number, oldest: since))
            case "timer":
                overdue.append(
                    OverdueTimers(
                        kind: name, count: Int(number), attempts: Int(other),
                        oldest: since ?? now))
            default:
                parked.append(
                    Parked(
                        source: name, events: Int(number), streams: Int(other),
                        oldest: since ?? now))
            }
        }
        return LogHealth(
            now: now, head: head, followers: followers, overdue: overdue, parked: parked)
    }

    /// One statement, and so one state of the tables. A failed timer is put off for at most an
    /// hour.
    private static let statement: SQL = """
        select 'head' as kind, '' as name, position as number, 0::bigint as other,
            clock_timestamp() as since
        from log_head
        union all
        select 'follower', f.name, f.position, 0,
            (select e.recorded_at from event as e where e.position = f.position + 1)
        from (
            select 'projection ' || name as name, checkpoint as position from projection
            union all
            select 'publisher', position from publisher) as f
        union all
        select 'timer', kind, count(*), max(attempts), min(due) from timer
        where ready_at < clock_timestamp() + interval '61 minutes'
            and due < clock_timestamp() - \(overdueAfter.inMilliseconds) * interval '1 ms'
        group by kind
        union all
        select 'parked', source, count(*), count(distinct stream), min(parked_at)
        from parked_event group by source
        order by 1, 2
        """
}
