internal import Database
internal import EventTypes

/// Builds the tables of a projection beside those that are served, from the whole log; compares the
/// two at one position; and puts the new ones in the place of the old.
///
/// The new tables grow in the schema `<schema>_rebuild`; the old ones stay in `<schema>_previous`
/// until the next rebuild.
struct ProjectionRebuild: Sendable {
    /// Shares of the streams that are folded side by side, where the projection allows it.
    static let shares = 2
    /// How full the pages of new tables are made, in percent, where the projection does not say:
    /// rows that are written again in later batches then stay on their pages, and no index grows.
    static let fillFactor = 70
    /// How long the switch waits for readers of the old tables before it tries again.
    static let lockPatience = "2s"
    static let switchAttempts = 10

    let projection: any Projection
    let store: PostgresEventStore
    let pool: DatabasePool
    let progress: (@Sendable (RebuildProgress) -> Void)?
    private let limits: RebuildReader.Limits
    /// The connection that holds the lock of the rebuild.
    private var lock: Connection?
    private let start = ContinuousClock.now

    private var live: String { store.schema }
    private var shadow: String { store.schema + "_rebuild" }
    private var previous: String { store.schema + "_previous" }
    private var reader: RebuildReader { .init(store: store, pool: pool, limits: limits) }

    init(
        projection: any Projection, store: PostgresEventStore, pool: DatabasePool,
        progress: (@Sendable (RebuildProgress) -> Void)?, limits: RebuildReader.Limits = .init()
    ) {
        self.limits = limits
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
        let shares = projection.isPartitionable ? Self.shares : 1
        try await fold(from: 0, upTo: head, shares: shares, .building)
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
            try await fold(from: reached, upTo: next, shares: 1, .catchingUp)
            reached = next
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
            try await leaveRoom(connection)
        }
    }

    /// Has pages of new tables filled in part only.
    private func leaveRoom(_ connection: Connection) async throws {
        let tables = try await connection.query(
            """
            select relname::text from pg_class
            where relnamespace = \(shadow)::regnamespace and relname = any(\(projection.tables))
                and relkind = 'r' and reloptions is null
            """)
        for table in tables {
            _ = try await connection.query(
                """
                alter table \(identifier: shadow).\(identifier: try table.get(0))
                set (fillfactor = \(unsafe: "\(Self.fillFactor)"))
                """)
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

    /// Folds the log from one position to another: it is read once, and the shares of the streams
    /// are folded side by side. Nobody's loop waits for the decoding.
    private func fold(
        from start: Int64, upTo end: Int64, shares: Int, _ phase: RebuildProgress.Phase
    ) async throws {
        let ways = (0..<shares).map { _ in AsyncStream.makeStream(of: [RecordedEvent].self) }
        let notes = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for way in ways {
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    // One that ends early has failed, which ends the reading.
                    defer { notes.continuation.finish() }
                    for await events in way.stream {
                        if !events.isEmpty {
                            try await self.inShadow { try await projection.apply(events, on: $0) }
                        }
                        notes.continuation.yield()
                    }
                    // The stream also ends when the task is cancelled.
                    try Task.checkCancellation()
                }
            }
            group.addTask(executorPreference: globalConcurrentExecutor) {
                defer { for way in ways { way.continuation.finish() } }
                var folded = notes.stream.makeAsyncIterator()
                var reader = self.reader
                var position = start
                var underWay = 0
                while position < end {
                    // While the rest of one batch is folded, the next is read.
                    while underWay > shares {
                        guard await folded.next() != nil else { return }
                        underWay -= 1
                    }
                    let batch = try await reader.read(after: position, upTo: end, shares: shares)
                    for (way, events) in zip(ways, batch.events) {
                        way.continuation.yield(events)
                    }
                    underWay += shares
                    position = batch.lastPosition
                    tell(phase, position, end)
                }
            }
            while try await group.next() != nil {}
        }
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
        var reader = reader
        var position = start
        while position < end {
            let batch = try await reader.read(after: position, upTo: end, shares: 1)
            try await projection.apply(batch.events[0], on: connection)
            position = batch.lastPosition
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
