internal import Runtime

/// `souk parked`: events that could not be handled. What is done about them is done by the service
/// that they are for, so this runs that service's own `parked` with the platform's settings.
enum ParkedCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "parked", summary: "Show, retry or discard events that could not be handled.",
            operands: "[list | show SERVICE ID | retry SERVICE ID | redrive [SERVICE] | "
                + "discard SERVICE ID | history]", operandCount: 0...3,
            options: [
                .init(
                    name: "reason", value: "TEXT",
                    help: "Why events are discarded; it stays on record."),
                .init(
                    name: "matching", value: "TEXT",
                    help: "With redrive: only what is parked for a reason with TEXT in it."),
            ],
            details: """
                An event that cannot be handled is parked, and later ones of its stream queue behind it;
                everything else goes on.

                  list     what is parked, in every service, with the ID of each stream
                  show     the events of one stream and why they are parked
                  retry    handle a stream again, in order, until an event fails
                  redrive  the same for everything that is parked, or parked for one reason
                  discard  give a stream's events up; needs --reason
                  history  what was done, when and by whom

                  souk parked retry wallet cashback/conversion-0192f0c1-7d1e-8a5b-9c3e-1f2a3b4c5d6e
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let operands = arguments.operands
        let reason = arguments["reason"]
        let action = operands.first ?? "list"
        let matching = arguments["matching"]
        guard action == "discard" || reason == nil else {
            throw CommandLineError("--reason goes with discard only.")
        }
        guard action == "redrive" || matching == nil else {
            throw CommandLineError("--matching goes with redrive only.")
        }
        let redrive = ["redrive"] + (matching.map { ["--matching", $0] } ?? [])
        switch (action, operands.count) {
        case ("list", 0...1): return try await each(PlatformProgram.withLog, ["list"], context)
        case ("history", 1): return try await each(PlatformProgram.withLog, ["history"], context)
        case ("redrive", 1): return try await each(PlatformProgram.withLog, redrive, context)
        case ("redrive", 2): return try await each([try service(operands[1])], redrive, context)
        case ("show", 3), ("retry", 3):
            return try await each([try service(operands[1])], [action, operands[2]], context)
        case ("discard", 3):
            guard let reason else {
                throw CommandLineError("Discarding needs a reason: --reason TEXT.")
            }
            return try await each(
                [try service(operands[1])], ["discard", operands[2], "--reason", reason], context)
        default:
            throw CommandLineError("souk parked takes \(command.syntax.operands).")
        }
    }

    private static func service(_ name: String) throws(CommandLineError) -> PlatformProgram {
        guard let program = PlatformProgram.withLog.first(where: { $0.name == name }) else {
            let names = PlatformProgram.withLog.map(\.name).joined(separator: ", ")
            throw CommandLineError("\(name) is no service with a log; there are \(names).")
        }
        return program
    }

    /// Runs `parked` of the services, the worst exit status being the result.
    private static func each(
        _ programs: [PlatformProgram], _ words: [String], _ context: CommandContext
    ) async throws -> Int32 {
        let plan = try ProgramPlan.ofPlatform(here: context)
        var status = ExitStatus.success
        for program in programs {
            let run = try await CapturedRun.run(
                ["\(plan.directory)/\(program.name)", "parked"] + words,
                environment: plan.environment(of: program), directory: plan.settings.run,
                on: context.loop)
            for line in run.output.split(separator: "\n") {
                Terminal.write(
                    programs.count > 1 ? "\(program.name): \(line)\n" : "\(line)\n")
            }
            Terminal.write(run.errors, to: 2)
            if case .code(let code) = run.exit {
                status = max(status, code)
            } else {
                status = max(status, ExitStatus.failure)
            }
        }
        return status
    }
}
