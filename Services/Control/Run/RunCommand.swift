internal import Glibc
internal import Runtime

/// `souk run`: a program of the platform with the platform's own settings.
enum RunCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "run", summary: "Run a service's own command with the platform's settings.",
            operands: "SERVICE COMMAND…", operandCount: 1...64, takesAnything: true,
            details: """
                souk run wallet verify
                souk run wallet rebuild balances
                souk run analytics replay --report funnel --format table
                souk run cashback --help
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let name = arguments.operands[0]
        let programs = PlatformProgram.allCases.filter(\.hasHTTP)
        guard let program = programs.first(where: { $0.name == name }) else {
            let names = programs.map(\.name).joined(separator: ", ")
            throw CommandLineError("\(name) is no program of the platform; there are \(names).")
        }
        let plan = try ProgramPlan.ofPlatform(here: context)
        let path = "\(plan.directory)/\(program.name)"
        let words = [path] + arguments.operands.dropFirst()
        replace(words, plan.environment(of: program))
        throw Complaint("\(path) could not be started: \(String(cString: strerror(errno)))")
    }

    /// Becomes another program; returns only when that is not possible.
    private static func replace(_ words: [String], _ environment: [String: String]) {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let arguments = words.map { strdup($0) } + [nil]
        let settings = environment.map { strdup("\($0)=\($1)") } + [nil]
        execve(words[0], arguments, settings)
    }
}
