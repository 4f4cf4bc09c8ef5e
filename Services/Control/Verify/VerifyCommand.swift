internal import Bus
internal import Database
internal import Runtime

/// `souk verify`: whether everything that was promised is there, once, everywhere.
enum VerifyCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "verify",
            summary: "Prove from outside that nothing is lost and nothing is twice.",
            options: [
                .init(
                    name: "format", value: "table|json",
                    help: "How it is said; table when not given."
                ),
                .init(
                    name: "quiet-within", value: "SECONDS",
                    help: "Wait until nothing is under way, and hold everything to its end."),
                .init(
                    name: "promises", value: "FILE",
                    help: "What clients were answered, as souk load --promises wrote it."),
            ],
            details: """
                It reads the logs, the read models and the topics of the platform that runs here, and
                changes nothing. Every log is contiguous; every published event is on its topic with the
                numbers that the log gives it, apart from what the broker keeps no longer; every
                consumer stands where the logs say, and recorded what it heard once; every order is
                paid by one capture, every sale credited once, every cause told once; every invariant
                of every service holds, and every read model equals a fresh fold of its log.

                What is under way is no fault: a snapshot of all positions comes first, and only what was
                over by then is held to have had its effects. With --quiet-within it waits for
                everything to be over, for so long at most. The exit status is 0 when everything holds,
                and 1 otherwise.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let format = arguments["format"] ?? "table"
        guard ["table", "json"].contains(format) else {
            throw CommandLineError("--format is \"\(format)\": it must be table or json.")
        }
        let patience = try arguments.integer("quiet-within", in: 1...86_400)
        let promises = try arguments["promises"].map { try PromiseBook(file: $0) }
        let proof = try PlatformProof(context, promises)
        let report: VerifyReport
        do {
            report = try await proof.examine(
                quietWithin: patience.map { .seconds($0) })
            await proof.close()
        } catch {
            await proof.close()
            throw error
        }
        Terminal.write(format == "json" ? try report.json() : report.table)
        return report.holds ? ExitStatus.success : ExitStatus.failure
    }
}
