internal import Database

/// Processes that have given up and wait for a person, as the services' read models show them.
enum StuckProcesses {
    private static let statements: [PlatformProgram: SQL] = [
        .order: """
        select 'checkout' as process, checkout_id::text as id, step, problem as reason,
            changed_at as since
        from checkout where is_stuck and not is_over
        union all
        select 'refund', refund_id::text, null, problem, changed_at
        from order_refund where state = 'stuck'
        """
    ]

    static func read(
        of program: PlatformProgram, _ pool: DatabasePool
    ) async throws -> [StatusReport.Stuck] {
        guard let statement = statements[program] else { return [] }
        return try await pool.query(
            "select * from (\(statement)) as stuck order by since limit \(DatabaseSurvey.limit)",
            isReadOnly: true
        ).map { row in
            .init(
                service: program.name, process: try row.get("process"), id: try row.get("id"),
                step: try row.get("step"), reason: try row.get("reason"),
                since: try row.get("since"))
        }
    }
}
