internal import Database
internal import Glibc
internal import Runtime

/// `souk down`: stops a platform that runs elsewhere.
enum DownCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "down", summary: "Stop the platform that runs here.",
            options: [
                .init(
                    name: "timeout", value: "SECONDS",
                    help: "How long to wait for it to stop; 10 when not given.")
            ],
            details: """
                It asks souk up to stop and returns once everything has ended. When souk up itself was
                killed, it stops what that left running. Nothing to stop is no error.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let timeout = Duration.seconds(try arguments.integer("timeout", in: 1...600) ?? 10)
        let settings = context.settings
        guard let holder = PlatformLock.holder(settings) else {
            return try await stopLeftovers(context)
        }
        kill(holder, SIGTERM)
        let deadline = ContinuousClock.now + timeout
        while PlatformLock.holder(settings) == holder {
            guard ContinuousClock.now < deadline else {
                throw Complaint("souk up (process \(holder)) has not stopped within \(timeout).")
            }
            try await context.loop.sleep(for: .milliseconds(20))
        }
        Terminal.write("Everything is stopped.\n")
        return ExitStatus.success
    }

    private static func stopLeftovers(_ context: CommandContext) async throws -> Int32 {
        let settings = context.settings
        guard PlatformFiles.exists(settings.run) else {
            Terminal.write("Nothing runs here.\n")
            return ExitStatus.success
        }
        var stopped = try await Leftovers(settings: settings, loop: context.loop).stop()
        let server = PostgresServer(.init(directory: try PostgresPlace.directory(settings)))
        if server.processID != nil {
            try await server.stop()
            stopped.append("postgres")
        }
        PlatformFiles.remove(settings.recordFile)
        Terminal.write(
            stopped.isEmpty
                ? "Nothing runs here.\n" : "Stopped \(stopped.joined(separator: ", ")).\n")
        return ExitStatus.success
    }
}
