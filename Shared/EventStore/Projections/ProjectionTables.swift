internal import Database

/// The rows that say how far each projection is, and the tables of the projections.
enum ProjectionTables {
    /// A later worker has taken over.
    struct Fenced: Error {}

    /// How a projection stands in the database.
    struct Standing: Sendable {
        let version: Int
        let definition: String
        let checkpoint: Int64
        let fence: Int64

        func fits(_ projection: any Projection) -> Bool {
            version == projection.version && definition == projection.form
        }
    }

    static let lockName = "souk.projections"

    static func read(_ connection: Connection) async throws -> [String: Standing] {
        var result: [String: Standing] = [:]
        let rows = try await connection.query(
            "select name, version, definition, checkpoint, fence from projection")
        for row in rows { result[try row.get("name")] = try standing(row) }
        return result
    }

    static func checkpoints(_ pool: DatabasePool) async throws -> [String: Int64] {
        var result: [String: Int64] = [:]
        let rows = try await pool.query(
            "select name, checkpoint from projection", isReadOnly: true)
        for row in rows { result[try row.get(0)] = try row.get(1, as: Int64.self) }
        return result
    }

    /// Holds a projection's row until the end of the transaction, so that its checkpoint stands.
    static func hold(_ name: String, _ connection: Connection) async throws -> Standing? {
        try await connection.query(holding(name)).first.map(standing)
    }

    private static func holding(_ name: String) -> SQL {
        """
        select version, definition, checkpoint, fence from projection
        where name = \(name)::text for update
        """
    }

    private static func standing(_ row: Row) throws -> Standing {
        Standing(
            version: Int(try row.get("version", as: Int64.self)),
            definition: try row.get("definition"), checkpoint: try row.get("checkpoint"),
            fence: try row.get("fence"))
    }

    /// Makes the tables of a projection that the database does not know yet.
    static func create(_ projection: any Projection, _ pool: DatabasePool) async throws {
        try await pool.withTransaction { connection in
            _ = try await connection.query(
                """
                select pg_advisory_xact_lock(
                    hashtext(current_schema()), hashtext(\(lockName + projection.name)))
                """)
            if try await hold(projection.name, connection) != nil { return }
            try await connection.simple(projection.definition)
            if !projection.indexes.isEmpty { try await connection.simple(projection.indexes) }
            _ = try await connection.query(
                """
                insert into projection (name, version, definition, checkpoint)
                values (\(projection.name), \(projection.version), \(projection.form), 0)
                """)
        }
    }

    // MARK: One worker

    /// Becomes the one that projects this schema's log, for as long as the connection is lent.
    static func lock(_ connection: Connection) async throws -> Bool {
        try await connection.tryLock(lockName)
    }

    /// Shuts out earlier workers.
    static func fence(_ names: [String], _ connection: Connection) async throws {
        _ = try await connection.query(
            "update projection set fence = fence + 1 where name = any(\(names))")
    }

    /// Applies events and moves the checkpoint, as one transaction. It need not reach the disk at
    /// once: a checkpoint that is lost in a crash is lost together with its effects.
    ///
    /// The checkpoint is moved in the same breath in which the projection says what is to change,
    /// and whether it was this worker's is seen before the commit.
    static func apply(
        _ events: [RecordedEvent], to projection: any Projection, _ cursor: ProjectionCursor,
        _ pool: DatabasePool
    ) async throws {
        guard let last = events.last else { return }
        try await pool.withTransaction { connection in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                // At once, so that its statements are the first.
                group.addImmediateTask {
                    try await move(projection.name, cursor, to: last.position, connection)
                }
                do {
                    try await projection.apply(events, on: connection)
                } catch {
                    // Most likely because of what another worker has applied already.
                    guard try await group.next() == true else { throw Fenced() }
                    throw error
                }
                guard try await group.next() == true else { throw Fenced() }
            }
        }
    }

    /// - Returns: whether the checkpoint was where this worker left it; else nothing may stay.
    private static func move(
        _ name: String, _ cursor: ProjectionCursor, to position: Int64, _ connection: Connection
    ) async throws -> Bool {
        // The row first: a rebuild that switches the tables holds it meanwhile. Set in this way,
        // nothing is left to be reset.
        let rows = try await connection.pipeline([
            "select set_config('synchronous_commit', 'off', true)", holding(name),
            "update projection set checkpoint = \(position) where name = \(name)::text",
        ])
        guard let held = try rows[1].first.map(standing) else { return false }
        return cursor.fits(checkpoint: held.checkpoint, fence: held.fence)
    }
}

extension Projection {
    /// Everything that decides how its tables look.
    var form: String { definition + "\n" + indexes }
}
