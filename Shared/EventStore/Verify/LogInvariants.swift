internal import Database

/// What is true of every healthy log, whatever service it belongs to.
public enum LogInvariants {
    /// Checks that only read.
    public static let all: [Invariant] = [
        Invariant(name: "positions are contiguous") { context in
            try await check(
                context, count: "select position from log_head",
                """
                select 'the log has ' || count(*) || ' events from ' || min(position) || ' to '
                    || max(position) || ' and its head says ' || (select position from log_head)
                from event having count(*) <> (select position from log_head)
                    or min(position) <> 1 or max(position) <> count(*)
                """)
        },
        Invariant(name: "versions are contiguous in every stream") { context in
            try await check(
                context, count: "select count(*) from stream",
                """
                select 'stream ' || s.id || ' says version ' || s.version || ' and has '
                    || count(e.version) || ' events up to ' || coalesce(max(e.version), 0)
                from stream s left join event e on e.stream = s.id
                group by s.id, s.version
                having count(e.version) <> s.version or max(e.version) is distinct from s.version
                """)
        },
        Invariant(name: "every event belongs to a known stream") { context in
            try await check(
                context, count: "select position from log_head",
                """
                select 'event ' || e.position || ' is of the unknown stream ' || e.stream
                from event e left join stream s on s.id = e.stream where s.id is null
                """)
        },
        Invariant(name: "read models and publisher are not ahead of the log") { context in
            try await check(
                context, count: "select count(*) from projection",
                """
                select 'projection ' || name || ' is at ' || checkpoint from projection
                where checkpoint > (select position from log_head)
                union all
                select 'the publisher is at ' || position from publisher
                where position > (select position from log_head)
                """)
        },
        Invariant(name: "no received event is parked") { context in
            try await check(
                context, count: "select count(*) from inbox_position",
                """
                select 'event ' || slot_sequence || ' of ' || topic || ' slot ' || slot
                    || ' is parked: ' || reason from parked_event order by id
                """)
        },
    ]

    /// For each projection: its tables are what a fresh fold of the log gives.
    public static func folds(_ names: [String], _ runner: ProjectionRunner) -> [Invariant] {
        names.map { name in
            Invariant(name: "\(name) equals a fresh fold of the log") { _ in
                let report = try await runner.audit(name)
                return report.wasIdentical == true
                    ? .holds(examined: Int(report.rows.reduce(0, +)))
                    : .violated(["\(name) differs from a fresh fold; rebuild it"])
            }
        }
    }

    private static func check(
        _ context: VerifyContext, count: SQL, _ violations: SQL
    ) async throws -> InvariantResult {
        let found = try await context.pool.query(
            "select * from (\(violations)) v limit \(InvariantResult.violationLimit)",
            isReadOnly: true)
        if !found.isEmpty { return .violated(try found.map { try $0.get(0) }) }
        let examined: Int64 =
            try await context.pool.query(count, isReadOnly: true).first?.get(0) ?? 0
        return .holds(examined: Int(examined))
    }
}
