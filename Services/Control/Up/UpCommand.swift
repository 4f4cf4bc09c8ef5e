internal import Database
internal import Glibc
internal import HTTP
internal import Runtime

/// `souk up`: the whole platform on this machine.
enum UpCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "up", summary: "Start the whole platform here and keep it running.",
            options: [
                .init(
                    name: "quiet",
                    help: "Do not show what the programs log; .souk/logs has it all the same."),
                .init(
                    name: "attached",
                    help: "Stop when standard input ends, as when whoever started it is gone."),
            ],
            details: """
                It makes a private PostgreSQL and secrets under .souk, starts the embedded broker, the
                sandbox of payments and mail, every service and the gateway, waits until all are ready,
                and starts again whatever dies. Ctrl-C, or souk down from elsewhere, stops everything; data stays
                until .souk is removed.

                Several platforms fit on one machine:
                  SOUK_HOME=/tmp/other SOUK_PORT_BASE=1000 souk up
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let began = ContinuousClock.now
        let settings = context.settings
        try PlatformFiles.makeDirectory(settings.home)
        for path in [settings.run, settings.logs, settings.media] {
            try PlatformFiles.makeDirectory(path)
        }
        let lock = try PlatformLock(settings)
        defer { withExtendedLifetime(lock) {} }
        let isTerminal = Terminal.isTerminal(1)
        let plan = ProgramPlan(
            settings: settings, secrets: Secrets(settings),
            directory: PlatformSettings.executableDirectory(), environment: context.environment,
            isForPeople: isTerminal)
        let stopped = try await Leftovers(settings: settings, loop: context.loop).stop()
        if !stopped.isEmpty {
            Terminal.write(
                "Stopped what an earlier souk up left running: "
                    + "\(stopped.joined(separator: ", ")).\n")
        }
        let server = PostgresServer(
            .init(directory: try PostgresPlace.directory(settings), port: settings.port(.postgres)))
        try Preflight(
            settings: settings, plan: plan, hasPostgres: server.processID != nil
        ).check()
        try plan.secrets.make()
        let printer = LogPrinter(
            directory: settings.logs, showsLines: !arguments.has("quiet"),
            hasColours: isTerminal && context.environment["NO_COLOR"] == nil)
        let run = UpRun(
            plan: plan, server: server, loop: context.loop, logger: context.logger,
            recorder: UpRecorder(settings, printer: printer, loop: context.loop), began: began,
            isAttached: arguments.has("attached"))
        return try await run.untilStopped()
    }
}

/// One run of the platform, from the first process to the last.
struct UpRun: Sendable {
    /// How long programs may take to become ready before the operator hears of it.
    static let readyTimeout: Duration = .seconds(60)
    /// How long all programs may take to stop; PostgreSQL comes after them.
    static let stopTimeout: Duration = .milliseconds(3_500)

    let plan: ProgramPlan
    let server: PostgresServer
    let loop: EventLoop
    let logger: Logger
    let recorder: UpRecorder
    let began: ContinuousClock.Instant
    /// Whether the end of standard input ends it.
    let isAttached: Bool

    /// - Returns: the exit status.
    func untilStopped() async throws -> Int32 {
        let supervisor = Supervisor(on: loop) { [recorder] in recorder.hear($0) }
        let (signals, feed) = AsyncStream.makeStream(of: UnixSignal.self)
        let subscription = UnixSignal.subscribe(to: [.int, .term, .hangup]) { signal in
            feed.yield(signal)
        }
        defer { subscription.cancel() }
        let keeper = PostgresKeeper(server: server, loop: loop) { [loop, recorder] notice in
            if loop.isCurrent {
                recorder.hear(notice)
            } else {
                loop.submit { recorder.hear(notice) }
            }
        }
        var failure: (any Error)?
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in signals { return } }
                if isAttached { group.addTask { await InputEnd.wait(on: loop) } }
                group.addTask { try await start(supervisor, keeper) }
                try await group.next()
                group.cancelAll()
            }
        } catch {
            failure = error
        }
        recorder.isStopping = true
        if failure == nil { Terminal.write("\nStopping.\n") }
        // Whoever asks twice does not want to wait.
        let impatience = UnixSignal.subscribe(to: [.int, .term]) { [loop] _ in
            loop.submit { supervisor.killAll() }
        }
        defer { impatience.cancel() }
        await supervisor.stopAll(within: Self.stopTimeout)
        try await server.stop()
        recorder.close()
        if let failure { throw failure }
        Terminal.write("Everything is stopped.\n")
        return ExitStatus.success
    }

    /// Starts everything and looks after PostgreSQL; never returns but by cancellation or failure.
    private func start(_ supervisor: Supervisor, _ keeper: PostgresKeeper) async throws {
        if plan.programs.contains(.broker) { supervisor.start(plan.supervised(.broker)) }
        let address = try await keeper.start()
        try await prepareDatabase(address)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keeper.keep() }
            group.addTask { try await startServices(supervisor) }
            try await group.waitForAll()
        }
    }

    private func startServices(_ supervisor: Supervisor) async throws {
        let services = plan.programs.filter { $0 != .broker && $0 != .gateway }
        for program in services { supervisor.start(plan.supervised(program)) }
        let http = HTTPClient(loop: loop)
        let probe = ReadinessProbe(http: http, loop: loop, settings: plan.settings)
        var missing = try await probe.wait(for: services, timeout: Self.readyTimeout)
        // It learns the routes of the services, so it comes after them.
        supervisor.start(plan.supervised(.gateway))
        missing += try await probe.wait(for: [.gateway], timeout: Self.readyTimeout)
        await http.close()
        announce(missing)
        recorder.isUp()
    }

    private func prepareDatabase(_ address: PostgresServer.Address) async throws {
        let pool = DatabasePool(
            DatabaseConfiguration(
                url: address.url(), applicationName: "souk up", connections: 1,
                acquireTimeout: .seconds(30)),
            loop: loop, logger: logger, metrics: Metrics())
        try await DatabaseSetup(pool: pool, secrets: plan.secrets).run()
        await pool.close()
        let port = plan.settings.databasePort ?? address.port
        for program in PlatformProgram.withLog {
            try plan.secrets.writeDatabaseURL(
                of: program.name,
                at: DatabasePlace(authority: "127.0.0.1:\(port)", database: "souk"))
        }
    }

    private func announce(_ missing: [PlatformProgram]) {
        let settings = plan.settings
        if !missing.isEmpty {
            let names = missing.map(\.name).joined(separator: ", ")
            Terminal.write(
                "\nNot ready after \(Self.readyTimeout): \(names). Their logs are in "
                    + "\(settings.logs).\n")
        } else {
            let seconds = (ContinuousClock.now - began).inMilliseconds / 100
            Terminal.write("\nSouk is up after \(seconds / 10).\(seconds % 10) s.\n")
        }
        Terminal.write(
            """

              page     \(settings.url(.gateway))/ shows it alive; clients call the same address
              docs     \(settings.url(.gateway))/docs
              mail     \(settings.url(.sandbox))/mail, or souk mail --follow
              admin    \(settings.adminEmail), password in \(plan.secrets.adminPassword)
              status   souk status, souk lag
              try it   souk demo, souk load
              stop     Ctrl-C, or souk down


            """)
        for hint in Preflight.hints() { Terminal.write("\(hint)\n") }
    }
}
