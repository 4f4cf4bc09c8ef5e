public import Runtime

/// Brings a schema to the state that a program was built for, forward only.
///
/// One runner at a time: others wait on an advisory lock of the database. What was applied stands
/// in `souk_migration` of the schema, with the SHA-256 of its text.
public struct Migrator: Sendable {
    /// How long one statement of a migration may run, and how long a runner waits for another's.
    public static let patience = Duration.seconds(3_600)

    private let pool: DatabasePool
    private let schema: String
    private let logger: Logger

    private struct Applied {
        let name: String
        let checksum: String
    }

    /// - Parameter schema: created when it does not exist.
    public init(pool: DatabasePool, schema: String, logger: Logger) {
        self.pool = pool
        self.schema = schema
        self.logger = logger
    }

    /// Applies what is not yet applied, each migration in a transaction of its own.
    ///
    /// - Returns: the names of those it applied.
    /// - Throws: `DatabaseError` with `.migration` and a sentence when an applied migration was
    ///   changed, is unknown here (a newer program was there), or stands behind a new one.
    public func run(_ migrations: [Migration]) async throws -> [String] {
        if Set(migrations.map(\.name)).count != migrations.count {
            throw DatabaseError(.migration, "Two migrations of \(schema) have the same name.")
        }
        var names: [String] = []
        // The lock belongs to each transaction, so that a runner that dies leaves none behind.
        while let name = try await applyNext(of: migrations) { names.append(name) }
        return names
    }

    /// - Returns: the name of what it applied; nil when nothing was left.
    private func applyNext(of migrations: [Migration]) async throws -> String? {
        try await inTurn { connection, applied in
            try await check(applied, migrations, on: connection)
            guard applied.count < migrations.count else { return nil }
            let next = migrations[applied.count]
            try await apply(next, number: applied.count + 1, on: connection)
            return next.name
        }
    }

    /// Runs `body` in a transaction that no other runner of this schema is in.
    private func inTurn<R>(
        _ body: (Connection, [Applied]) async throws -> R
    ) async throws -> R {
        try await pool.withTransaction(statementTimeout: Self.patience) { connection in
            let key = "souk migration of \(schema)"
            _ = try await connection.query(
                "select pg_advisory_xact_lock(hashtextextended(\(key)::text, 0))")
            // `if not exists` asks for the right to create schemas even where there is one.
            let known = try await connection.query(
                "select 1 from pg_namespace where nspname = \(schema)")
            if known.isEmpty { try await connection.execute("create schema \(identifier: schema)") }
            try await connection.execute(
                """
                create table if not exists \(table) (
                    number integer primary key,
                    name text not null unique,
                    checksum text not null,
                    applied_at timestamptz not null default clock_timestamp()
                )
                """)
            let rows = try await connection.query(
                "select name, checksum from \(table) order by number")
            let applied = try rows.map {
                Applied(name: try $0.get("name"), checksum: try $0.get("checksum"))
            }
            return try await body(connection, applied)
        }
    }

    private var table: SQL { SQL.identifier(schema) + ".souk_migration" }

    private func check(
        _ applied: [Applied], _ migrations: [Migration], on connection: Connection
    ) async throws {
        let known = Set(migrations.map(\.name))
        if let unknown = applied.first(where: { !known.contains($0.name) }) {
            throw refusal(
                """
                The schema \(schema) has the migration \(unknown.name), which this program does not \
                know: a newer version was here. Run that one.
                """)
        }
        for (index, old) in applied.enumerated() where migrations[index].name != old.name {
            throw refusal(
                """
                The migration \(migrations[index].name) of \(schema) stands before \(old.name), which \
                is applied already: new migrations come last.
                """)
        }
        let texts = migrations.prefix(applied.count).map(\.sql)
        let rows = try await connection.query(
            """
            select encode(sha256(convert_to(text, 'UTF8')), 'hex')
            from unnest(\(Array(texts))) with ordinality as t (text, place) order by place
            """)
        for (old, row) in zip(applied, rows) where try row.get(0, as: String.self) != old.checksum {
            throw refusal(
                """
                The migration \(old.name) of \(schema) was changed after it was applied: put it back \
                as it was and write a new one.
                """)
        }
    }

    private func apply(
        _ migration: Migration, number: Int, on connection: Connection
    ) async throws {
        let path = "\(SQL.identifier(schema).text), public"
        _ = try await connection.query("select set_config('search_path', \(path), true)")
        try await connection.simple(migration.sql)
        try await connection.execute(
            """
            insert into \(table) (number, name, checksum)
            values (\(Int32(number)), \(migration.name),
                encode(sha256(convert_to(\(migration.sql)::text, 'UTF8')), 'hex'))
            """)
        logger.info("migrated", ["schema": schema, "migration": migration.name])
    }

    private func refusal(_ sentence: String) -> DatabaseError {
        DatabaseError(.migration, sentence)
    }
}
