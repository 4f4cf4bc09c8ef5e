internal import Database
internal import EventTypes
internal import Synchronization

/// Builds the tables of a projection beside those that are served, from the whole log; compares the
/// two at one position; and puts the new ones in the place of the old.
///
/// The new tables grow in the schema `<schema>_rebuild`; the old ones stay in `<schema>_previous`
/// until the next rebuild.
struct ProjectionRebuild: Sendable {
    /// Events of one transaction. Rows that many events change are written once for each batch, so
    /// large ones pay; with the next one, which is read meanwhile, they take about 50 MB.
    static let batchLimit: Int64 = 40_000
    /// Readers, each with its share of the streams, where the projection allows it.
    static let readers = 2
    /// How long the switch waits for readers of the old tables before it tries again.
    static let lockPatience = "2s"
    static let switchAttempts = 10

    let projection: any Projection
    let store: PostgresEventStore
    let pool: DatabasePool
    let progress: (@Sendable (RebuildProgress) -> Void)?
    /// The connection that holds the lock of the rebuild.
    private var lock: Connection?
    private let start = ContinuousClock.now

    private var live: String { store.schema }
    private var shadow: String { store.schema + "_rebuild" }
    private var previous: String { store.schema + "_previous" }

    init(
        projection: any Projection, store: PostgresEventStore, pool: DatabasePool,
        progress: (@Sendable (RebuildProgress) -> Void)?
    ) {
        self.projection = projection
        self.store = store
        self.pool = pool
        self.progress = progress
    }

    /// Does all of it; without `switching` the new tables are only compared, then thrown away.
    func run(switching: Bool = true) async throws -> RebuildReport {
        try await pool.withConnection { connection in
            let name = ProjectionTables.lockName + ".rebuild." + projection.name
            guard try await connection.tryLock(name) else {
                throw RebuildError.underWay(projection.name)
            }
            var holder = self
            holder.lock = connection
            let report = try await holder.build(switching)
            try await connection.unlock(name)
            return report
        }
    }

    private func build(_ switching: Bool) async throws -> RebuildReport {
        let head = try await store.head()
        try await makeTables()
        try await fold(upTo: head)
        tell(.indexing, head, head)
        if !projection.indexes.isEmpty {
            try await inShadow { try await $0.simple(projection.indexes) }
        }
        var reached = head
        while true {
            let checkpoint = try await ProjectionTables.checkpoints(pool)[projection.name] ?? 0
            tell(.catchingUp, reached, max(reached, checkpoint))
            guard let next = Handover.catchUp(reached: reached, checkpoint: checkpoint) else {
                break
            }
            reached = try await fold(from: reached, upTo: next)
        }
        for attempt in 1... {
            do {
                return try await finish(from: reached, switching)
            } catch let error as DatabaseError
                where error.isRetriable && attempt < Self.switchAttempts
            {
                continue
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }

    // MARK: Building

    private func makeTables() async throws {
        for schema in [shadow, previous] { try await makeSchema(schema) }
        try await inShadow { connection in
            try await dropTables(in: shadow, connection)
            try await connection.simple(projection.definition)
        }
    }

    private func makeSchema(_ name: String) async throws {
        let rows = try await pool.query(
            "select 1 from pg_namespace where nspname = \(name)", isReadOnly: true)
        if rows.isEmpty { try await pool.execute("create schema \(identifier: name)") }
    }

    private func dropTables(in schema: String, _ connection: Connection) async throws {
        for table in projection.tables {
            _ = try await connection.query(
                "drop table if exists \(identifier: schema).\(identifier: table) cascade")
        }
    }

    /// A transaction that sees the new tables first.
    private func inShadow<R: Sendable>(
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        try await pool.withTransaction { connection in
            try await lookAtShadow(connection)
            let result = try await body(connection)
            try await confirmLock()
            return result
        }
    }

    /// Throws when the lock was lost: another rebuild may have begun. It waits for the transaction
    /// at hand before it drops the tables, so what is confirmed before the commit does no harm.
    private func confirmLock() async throws { _ = try await lock?.query("select 1") }

    private func lookAtShadow(_ connection: Connection) async throws {
        _ = try await connection.query("set local synchronous_commit = off")
        _ = try await connection.query(
            "set local search_path to \(identifier: shadow), \(identifier: live)")
    }

    /// Folds the whole log up to `head`, in parallel where the projection allows it.
    private func fold(upTo head: Int64) async throws {
        let readers = projection.isPartitionable ? Self.readers : 1
        let marks = ReaderMarks(readers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<readers {
                let share: SQL =
                    readers == 1 ? "" : "and hashtext(stream) & 1 = \(reader)"
                group.addTask {
                    try await self.fold(from: 0, upTo: head, share) { position in
                        self.tell(.building, marks.note(position, of: reader), head)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func fold(from start: Int64, upTo end: Int64) async throws -> Int64 {
        try await fold(from: start, upTo: end, "") { self.tell(.catchingUp, $0, end) }
        return max(start, end)
    }

    private func fold(
        from start: Int64, upTo end: Int64, _ share: SQL, _ note: (Int64) -> Void
    ) async throws {
        var position = start
        var events = try await read(after: position, upTo: end, share)
        while position < end {
            try Task.checkCancellation()
            let until = min(end, position + Self.batchLimit)
            // The server reads on while these are folded.
            async let following = read(after: until, upTo: end, share)
            if !events.isEmpty {
                try await inShadow { try await projection.apply(events, on: $0) }
            }
            position = until
            note(position)
            events = try await following
        }
    }

    /// The events of the next batch, read where no loop waits for them.
    @concurrent private func read(
        after position: Int64, upTo end: Int64, _ share: SQL
    ) async throws -> [RecordedEvent] {
        if position >= end { return [] }
        let rows = try await pool.query(
            """
            select \(PostgresEventStore.columns) from event
            where position > \(position) and position <= \(min(end, position + Self.batchLimit))
                \(share) order by position
            """, isReadOnly: true)
        return try store.events(rows)
    }

    // MARK: Switching

    /// Holds the served tables still, brings the new ones to the same position, compares, switches.
    private func finish(from reached: Int64, _ switching: Bool) async throws -> RebuildReport {
        try await pool.withTransaction { connection in
            _ = try await connection.query(
                "set local lock_timeout = \(unsafe: "'\(Self.lockPatience)'")")
            guard let held = try await ProjectionTables.hold(projection.name, connection) else {
                throw RebuildError.unknown(projection.name)
            }
            let plan = Handover(
                checkpoint: held.checkpoint, fence: held.fence,
                hasSameForm: held.fits(projection), reached: reached)
            try await lookAtShadow(connection)
            try await apply(after: plan.reached, upTo: plan.position, connection)
            tell(.verifying, plan.position, plan.position)
            let fresh = try await sums(in: shadow, connection)
            var wasIdentical: Bool?
            if let present = plan.present {
                try await lookAtLive(connection)
                try await apply(after: present, upTo: plan.position, connection)
                wasIdentical = try await sums(in: live, connection) == fresh
                try await note(plan.position, connection)
            }
            try await confirmLock()
            if switching {
                tell(.switching, plan.position, plan.position)
                try await switchTables(plan, held, connection)
            } else {
                try await dropTables(in: shadow, connection)
            }
            return RebuildReport(
                projection: projection.name, events: plan.position, rows: fresh.map(\.rows),
                handover: plan.position, wasIdentical: wasIdentical,
                elapsed: start.duration(to: .now))
        }
    }

    private func note(_ position: Int64, _ connection: Connection) async throws {
        _ = try await connection.query(
            """
            update projection set checkpoint = \(position)
            where name = \(projection.name)::text
            """)
    }

    private func lookAtLive(_ connection: Connection) async throws {
        _ = try await connection.query("set local search_path to \(identifier: live)")
    }

    private func apply(
        after start: Int64, upTo end: Int64, _ connection: Connection
    ) async throws {
        var position = start
        while position < end {
            let events = try await store.readAll(after: position, limit: Int(Self.batchLimit))
                .filter { $0.position <= end }
            guard let last = events.last else { return }
            try await projection.apply(events, on: connection)
            position = last.position
        }
    }

    private struct TableSum: Equatable {
        let rows: Int64
        let sum: String
    }

    /// The number of rows of each table and a sum over what is in them, in whatever order.
    private func sums(in schema: String, _ connection: Connection) async throws -> [TableSum] {
        var result: [TableSum] = []
        for table in projection.tables {
            let rows = try await connection.query(
                """
                select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text
                from \(identifier: schema).\(identifier: table) t
                """)
            guard let row = rows.first else { continue }
            result.append(TableSum(rows: try row.get(0), sum: try row.get(1)))
        }
        return result
    }

    private func switchTables(
        _ plan: Handover, _ held: ProjectionTables.Standing, _ connection: Connection
    ) async throws {
        try await dropTables(in: previous, connection)
        for table in projection.tables {
            _ = try await connection.query(
                """
                alter table if exists \(identifier: live).\(identifier: table)
                set schema \(identifier: previous)
                """)
            _ = try await connection.query(
                """
                alter table \(identifier: shadow).\(identifier: table)
                set schema \(identifier: live)
                """)
        }
        _ = try await connection.query(
            """
            update projection set version = \(projection.version), definition = \(projection.form),
                checkpoint = \(plan.position), fence = \(plan.fence),
                handover = \(plan.position),
                previous_version = \(held.version), previous_definition = \(held.definition),
                previous_checkpoint = \(plan.previous), built_at = clock_timestamp()
            where name = \(projection.name)::text
            """)
    }

    private func tell(_ phase: RebuildProgress.Phase, _ done: Int64, _ total: Int64) {
        progress?(
            RebuildProgress(
                phase: phase, done: done, total: total, elapsed: start.duration(to: .now)))
    }
}

/// How far each reader of the log is.
private final class ReaderMarks: Sendable {
    private let positions: Mutex<[Int64]>

    init(_ count: Int) { positions = Mutex([Int64](repeating: 0, count: count)) }

    /// - Returns: how far they are on average.
    func note(_ position: Int64, of reader: Int) -> Int64 {
        positions.withLock { positions in
            positions[reader] = position
            return positions.reduce(0, +) / Int64(positions.count)
        }
    }
}
