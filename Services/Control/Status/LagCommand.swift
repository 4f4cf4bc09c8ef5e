internal import Bus
internal import Database
internal import EventTypes
internal import Runtime

/// `souk lag`: how far everything is that follows something else.
enum LagCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "lag", summary: "Show how far projections, publishers and consumers are behind.",
            details: """
                For every service: its read models and its publisher against the head of its log, and
                its consumers against the ends of the topics that they read. The exit status is 0 when
                nothing is behind and 1 otherwise.
                """), run: run)

    /// One follower.
    struct Line: Sendable {
        let service: String
        let follower: String
        let at: Int64
        let end: Int64

        var behind: Int64 { max(0, end - at) }
    }

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let server = PostgresServer(.init(directory: try PostgresPlace.directory(settings)))
        guard let address = server.address else {
            throw Complaint(
                "Nothing runs here: souk up starts it.", status: ExitStatus.unavailable)
        }
        let pool = DatabasePool(
            DatabaseConfiguration(
                url: address.url(), applicationName: "souk lag", connections: 1),
            loop: context.loop, logger: context.logger, metrics: Metrics())
        let admin = try BusAdmin(
            try BusConfiguration(
                bootstrapServers: settings.bootstrapServers, clientID: "souk-lag"),
            loop: context.loop, logger: context.logger)
        var lines: [Line] = []
        for program in PlatformProgram.withLog {
            lines += try await followers(ofLogOf: program.name, pool)
            lines += await consumers(of: program.name, admin, context.logger)
        }
        await pool.close()
        await admin.close()
        var table = TextTable([
            .left("SERVICE"), .left("FOLLOWER"), .right("AT"), .right("END"), .right("BEHIND"),
        ])
        for line in lines {
            table.add([
                line.service, line.follower, String(line.at), String(line.end),
                String(line.behind),
            ])
        }
        Terminal.write(table.text)
        return lines.allSatisfy { $0.behind == 0 } ? ExitStatus.success : ExitStatus.failure
    }

    /// Read models and publisher; none while the service has not made its tables.
    private static func followers(
        ofLogOf name: String, _ pool: DatabasePool
    ) async throws -> [Line] {
        let known = try await pool.query(
            """
            select 1 from information_schema.tables
            where table_schema = \(name) and table_name = 'publisher'
            """)
        if known.isEmpty { return [] }
        let schema = SQL.identifier(name)
        let rows = try await pool.query(
            """
            select 'log' as follower, position as at, position as head from \(schema).log_head
            union all
            select 'projection ' || p.name, p.checkpoint, h.position
            from \(schema).projection as p cross join \(schema).log_head as h
            union all
            select 'publisher', p.position, h.position
            from \(schema).publisher as p cross join \(schema).log_head as h
            """)
        return try rows.map { row in
            Line(
                service: name, follower: try row.get("follower"), at: try row.get("at"),
                end: try row.get("head"))
        }
    }

    /// What the group of a service has committed, topic by topic.
    private static func consumers(
        of name: String, _ admin: BusAdmin, _ logger: Logger
    ) async -> [Line] {
        let topics = Topic.allCases.map(\.rawValue)
        guard let lags = try? await admin.groupLag(name, topics: topics) else {
            logger.warning("no broker answers", ["group": name])
            return []
        }
        let mine = lags.filter { $0.committed != nil }
        return Set(mine.map(\.topic)).sorted().map { topic in
            let partitions = mine.filter { $0.topic == topic }
            let end = partitions.reduce(0) { $0 + $1.high }
            return Line(
                service: name, follower: "consumer of \(topic)",
                at: end - partitions.reduce(0) { $0 + $1.lag }, end: end)
        }
    }
}
