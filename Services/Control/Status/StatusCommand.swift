internal import Glibc
internal import HTTP
internal import Runtime

/// `souk status`: what runs, since when, and how it is.
enum StatusCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "status", summary: "Show every program: process, age, memory, readiness.",
            details: """
                One line a program: its process, whether it runs, for how long, its resident memory, how
                often it was started again, and whether it says that it is ready. The exit status is 0
                when everything runs and is ready, and 1 otherwise.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let record = PlatformRecord.read(context.settings)
        let isRunning = PlatformLock.holder(context.settings) != nil
        let settings = context.settings.adopting(record)
        let http = HTTPClient(loop: context.loop)
        let probe = ReadinessProbe(http: http, loop: context.loop, settings: settings)
        var table = TextTable([
            .left("PROGRAM"), .right("PID"), .left("STATE"), .right("UPTIME"), .right("RSS"),
            .right("RESTARTS"), .left("READY"), .left("ADDRESS"),
        ])
        var isWell = isRunning
        var bytes = 0
        for program in PlatformProgram.allCases {
            if program == .broker, settings.externalBrokers != nil { continue }
            let known = record?.programs.first { $0.name == program.name }
            let process = known?.pid.flatMap { ProcessEntry($0) }
            var ready = "-"
            if process != nil, program.hasHTTP {
                ready = await probe.isReady(program) ? "yes" : "no"
            }
            if process == nil || ready == "no" { isWell = false }
            if program.isService { bytes += process?.residentBytes ?? 0 }
            table.add([
                program.name, process.map { String($0.pid) } ?? "-",
                Self.state(isAlive: process != nil, isKnown: known != nil, isRunning: isRunning),
                process.map { TextTable.span($0.age) } ?? "-",
                process.map { "\($0.residentBytes >> 20) MB" } ?? "-",
                known.map { String($0.restarts) } ?? "-", ready,
                "127.0.0.1:\(settings.port(program))",
            ])
        }
        await http.close()
        Terminal.write(table.text)
        if bytes > 0 {
            let count = PlatformProgram.allCases.count(where: \.isService)
            Terminal.write("\nThe \(count) services hold \(bytes >> 20) MB.\n")
        }
        if !isRunning { Terminal.write("\nNothing runs here: souk up starts it.\n") }
        return isWell ? ExitStatus.success : ExitStatus.failure
    }

    private static func state(isAlive: Bool, isKnown: Bool, isRunning: Bool) -> String {
        if isAlive { return "running" }
        if !isRunning { return "stopped" }
        return isKnown ? "restarting" : "starting"
    }
}
