/// `souk lag`: how far everything is that follows something else.
enum LagCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "lag", summary: "Show how far read models, publishers and consumers are behind.",
            options: [ReportFormat.option, Watch.option],
            details: """
                For every service: its read models and its publisher against the head of its log, and
                itself as a consumer against what other services have published, by the numbers that
                both keep in the database; for how long by the time of the oldest event that waits.
                Without the database, consumers by the offsets that they have committed.

                The exit status is 0 when nothing is behind and 1 otherwise.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let format = try ReportFormat(arguments)
        return try await Watch.run(arguments, context) {
            let deployment = try Deployment.find(context)
            guard deployment.isKnown else {
                throw Complaint(
                    "Nothing runs here: souk up starts it.", status: ExitStatus.unavailable)
            }
            var report = await Survey(deployment, context).followers()
            report.findings = report.findings.filter {
                $0.kind == .behind || $0.kind == .unanswered || $0.kind == .blocked
            }
            let isWell =
                report.unanswered.isEmpty && report.followers.allSatisfy { $0.behind == 0 }
            let text =
                format == .json
                ? try report.json : report.sentences + "\n" + report.followerTable
            return (text, isWell)
        }
    }
}
