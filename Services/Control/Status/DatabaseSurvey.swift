internal import Database
internal import EventStore
internal import EventTypes
internal import Runtime

/// What the database knows: how far everything is, what is parked, stuck and late, who waits for
/// whom. Every schema is asked by itself, so that a lock on one hides nothing of the others.
struct DatabaseSurvey: Sendable {
    /// How long the database may take for one answer.
    static let timeout: Duration = .milliseconds(1_500)
    /// The most parked streams and stuck processes of one service that are shown.
    static let limit = 20

    /// Of one service.
    struct Service: Sendable {
        let name: String
        let health: LogHealth
        let parked: [StatusReport.Parked]
        let stuck: [StatusReport.Stuck]
        let published: [LaneProgress]
        let applied: [LaneProgress]
    }

    struct Answers: Sendable {
        var services: [Service] = []
        var blocked: [StatusReport.Block] = []
        var unanswered: [StatusReport.Unanswered] = []
    }

    let deployment: Deployment
    let loop: EventLoop
    let logger: Logger

    /// Whether the whole database was silent, and every service of it.
    static let question = "PostgreSQL"

    func ask() async -> Answers {
        var answers = Answers()
        guard deployment.databaseURL != nil else {
            answers.unanswered.append(.init(question: Self.question, reason: "it does not run"))
            return answers
        }
        let blocked: [StatusReport.Block]
        do {
            blocked = try await onSchema(nil) { try await Self.blocks($0) }
        } catch {
            answers.unanswered.append(
                .init(question: Self.question, reason: Self.reason(error)))
            return answers
        }
        answers.blocked = blocked
        await withTaskGroup(of: (String, Result<Service?, any Error>).self) { group in
            for program in PlatformProgram.withLog {
                group.addTask { [self] in
                    do {
                        return (program.name, .success(try await service(program)))
                    } catch {
                        return (program.name, .failure(error))
                    }
                }
            }
            for await (name, result) in group {
                switch result {
                case .success(let service): if let service { answers.services.append(service) }
                case .failure(let error):
                    answers.unanswered.append(
                        .init(question: "the schema of \(name)", reason: Self.reason(error)))
                }
            }
        }
        answers.services.sort { $0.name < $1.name }
        answers.unanswered.sort { $0.question < $1.question }
        return answers
    }

    /// Lends connections whose names are looked up in one schema.
    private func onSchema<R: Sendable>(
        _ schema: String?, _ body: (DatabasePool) async throws -> R
    ) async throws -> R {
        let made = deployment.pool(
            schema: schema, timeout: Self.timeout, loop: loop, logger: logger)
        guard let pool = made else { throw Complaint("There is no database.") }
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// - Returns: nil while the service has not made its tables.
    private func service(_ program: PlatformProgram) async throws -> Service? {
        try await onSchema(program.name) { pool in
            let known = try await pool.query(
                "select to_regclass(\(program.name + ".parked_event")) is not null as known",
                isReadOnly: true)
            guard try known.first?.get("known", as: Bool.self) == true else { return nil }
            // Applied before published: an event in between counts as one to come.
            let applied = try await LaneProgress.applied(pool, timeout: Self.timeout)
            let health = try await LogHealth.read(pool, timeout: Self.timeout)
            var parked: [StatusReport.Parked] = []
            if !health.parked.isEmpty {
                parked = try await ParkedEvents(pool: pool).list(limit: Self.limit).map {
                    .init(
                        service: program.name, id: "\($0.source)/\($0.stream)",
                        events: $0.events, reason: $0.reason, since: $0.since)
                }
            }
            return Service(
                name: program.name, health: health, parked: parked,
                stuck: try await StuckProcesses.read(of: program, pool),
                published: try await LaneProgress.published(
                    by: program.name, pool, timeout: Self.timeout),
                applied: applied)
        }
    }

    private static func blocks(_ pool: DatabasePool) async throws -> [StatusReport.Block] {
        let rows = try await pool.query(
            """
            select w.pid as waiting_pid, w.name as waiting_name, w.state as waiting_state,
                w.age as waiting_age, w.query as waiting_query, w.waited,
                h.pid as holder_pid, h.name as holder_name, h.state as holder_state,
                h.age as holder_age, h.query as holder_query
            from (
                select a.pid, coalesce(nullif(a.application_name, ''), a.usename, '?') as name,
                    coalesce(a.state, '') as state, coalesce(a.query, '') as query,
                    coalesce(extract(epoch from clock_timestamp() - a.xact_start), 0)::float8 as age,
                    coalesce((select extract(epoch from clock_timestamp() - min(l.waitstart))
                        from pg_locks as l where l.pid = a.pid and not l.granted), 0)::float8
                        as waited
                from pg_stat_activity as a where a.wait_event_type = 'Lock') as w
            cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
            join (
                select a.pid, coalesce(nullif(a.application_name, ''), a.usename, '?') as name,
                    coalesce(a.state, '') as state, coalesce(a.query, '') as query,
                    coalesce(extract(epoch from clock_timestamp() - a.xact_start), 0)::float8 as age
                from pg_stat_activity as a) as h on h.pid = b.pid
            order by w.waited desc limit 50
            """, isReadOnly: true)
        return try rows.map { row in
            func session(_ prefix: String) throws -> StatusReport.Block.Session {
                .init(
                    pid: Int32(try row.get(prefix + "_pid", as: Int.self)),
                    name: try row.get(prefix + "_name"), state: try row.get(prefix + "_state"),
                    age: try row.get(prefix + "_age"),
                    query: QueryText.withoutValues(try row.get(prefix + "_query")))
            }
            return .init(
                waiting: try session("waiting"), waited: try row.get("waited"),
                holder: try session("holder"))
        }
    }

    /// On one line.
    static func reason(_ error: any Error) -> String {
        let text = (error as? DatabaseError)?.message ?? "\(error)"
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
