internal import Runtime

/// `souk status`: what is wrong, and how everything is.
enum StatusCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "status", summary: "Say what is wrong, and show every program.",
            options: [ReportFormat.option, Watch.option],
            details: """
                First sentences: what does not answer, which program is not ready, who blocks whom in
                PostgreSQL, who is behind whose events and since when, which events are parked, which
                processes are stuck, timers that are overdue, open circuit breakers, event loops that
                lag, disks that are nearly full. docs/RUNBOOK.md says what to do about each.

                Then a line for each program: its process, state, age, resident memory, how often it was
                started again, whether it says that it is ready, and the longest wait for its event loop
                within a minute.

                Everybody is asked at once and has a time to answer, so this ends within five seconds.
                The exit status is 0 when nothing is wrong and 1 otherwise.

                It looks at the platform in SOUK_HOME, or at the one that DATABASE_URL,
                KAFKA_BOOTSTRAP_SERVERS and SOUK_WALLET_URL and its like name. The database's role must
                be able to read every schema (pg_read_all_data, pg_read_all_stats).
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let format = try ReportFormat(arguments)
        return try await Watch.run(arguments, context) {
            let deployment = try Deployment.find(context)
            guard deployment.isKnown || format == .json else {
                var idle = StatusReport(at: SystemClock().now())
                idle.programs = await ProgramSurvey(deployment: deployment, loop: context.loop)
                    .ask().programs
                return (idle.programTable + "\nNothing runs here: souk up starts it.\n", false)
            }
            let report = await Survey(deployment, context).status()
            let text = format == .json ? try report.json : text(report)
            return (text, report.findings.isEmpty)
        }
    }

    private static func text(_ report: StatusReport) -> String {
        let services = Set(PlatformProgram.allCases.filter(\.isService).map(\.name))
        let bytes = report.programs.filter { services.contains($0.name) }.compactMap(\.memory)
            .reduce(0, +)
        let sum =
            bytes > 0 ? "\nThe \(services.count) services hold \(bytes >> 20) MB.\n" : ""
        return report.sentences + "\n" + report.programTable + sum
    }
}
