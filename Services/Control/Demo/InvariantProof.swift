internal import Runtime

/// Asks every service whether its invariants hold.
struct InvariantProof: Sendable {
    /// Programs that examine their logs at once.
    static let together = 2

    let programs: ProgramPlan
    let loop: EventLoop

    func examine() async throws -> [DemoFinding] {
        try await Together.map(PlatformProgram.withLog, limit: Self.together) { program in
            let run = try await CapturedRun.run(
                ["\(programs.directory)/\(program.name)", "verify"],
                environment: programs.environment(of: program),
                directory: programs.settings.run, on: loop)
            let lines = run.output.split(separator: "\n")
            let broken = lines.filter { $0.hasPrefix("BROKEN") }
            var value = "\(lines.count { $0.hasPrefix("ok ") }) invariants"
            if !run.isSuccess {
                value = broken.isEmpty ? run.lastWords : broken.joined(separator: "; ")
            }
            return DemoFinding("\(program.name) verify", value, run.isSuccess)
        }
    }
}
