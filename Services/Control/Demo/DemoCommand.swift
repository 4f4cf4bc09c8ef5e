internal import EventTypes
internal import HTTP
internal import Runtime

/// `souk demo`: real purchases from click to payout.
enum DemoCommand {
    static let standardCustomers = 250

    static let command = Command(
        syntax: CommandSyntax(
            name: "demo", summary: "Follow real purchases from click to payout; prove every cent.",
            options: [
                .init(name: "all", help: "All 2,357 customers with their 6,919 purchases."),
                .init(
                    name: "customers", value: "N",
                    help: "The first N customers; \(standardCustomers) when not given."),
            ],
            details: """
                It plays on the platform that runs here, or starts one and stops it afterwards. The
                purchases are the public CDNOW log, taken from PyPI by checksum (SOUK_CDNOW_FILE names
                a local copy instead). Every customer registers, verifies the address, signs in and
                clicks; every purchase is reported by the network, some twice, some in the wrong order,
                some only by a late statement; everybody is paid. Some also buy at the platform's own
                checkout: delivered, returned in part, cancelled, bought without money, bought three
                times at once. One customer's messages are followed live, everybody's by mail, and a
                page shows the offers. In the end the same money is added up from the file, the orders,
                the ledger, the analytics API and a replay of the topics, every message is held against
                its cause, and every invariant of every service is checked. The exit status is 0 when all agree to the cent.

                Programs may be killed at any time meanwhile: the demonstration goes on.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let customers = try arguments.integer("customers", in: 1...1_000_000)
        if customers != nil, arguments.has("all") {
            throw CommandLineError("--all and --customers exclude each other.")
        }
        let limit = arguments.has("all") ? nil : customers ?? standardCustomers
        try PlatformFiles.makeDirectory(context.settings.home, mode: homeMode(context.settings))
        let log = try await PurchaseFile(
            settings: context.settings, environment: context.environment, loop: context.loop
        ).load()
        return try await interruptible {
            let platform = try await DemoPlatform.find(context)
            do {
                let isProven = try await play(log, limit, platform.settings, context)
                try await platform.stop()
                return isProven ? ExitStatus.success : ExitStatus.failure
            } catch {
                try await platform.stop()
                throw error
            }
        }
    }

    /// What the directory has already, lest PostgreSQL's user be locked out.
    private static func homeMode(_ settings: PlatformSettings) -> UInt32 {
        PlatformFiles.mode(settings.home) ?? 0o700
    }

    /// Runs `body`, cancelled by Ctrl-C.
    private static func interruptible(
        _ body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32 {
        let (signals, feed) = AsyncStream.makeStream(of: UnixSignal.self)
        let subscription = UnixSignal.subscribe(to: [.int, .term, .hangup]) { feed.yield($0) }
        defer { subscription.cancel() }
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            defer { group.cancelAll() }
            if let status = try await group.next() ?? nil { return status }
            group.cancelAll()
            do {
                while try await group.next() != nil {}
            } catch {
                // It was cancelled.
            }
            throw Complaint("The demonstration was stopped.")
        }
    }

    private static func play(
        _ log: PurchaseLog, _ limit: Int?, _ settings: PlatformSettings, _ context: CommandContext
    ) async throws -> Bool {
        let loop = context.loop
        let clock = SystemClock()
        let started = clock.now()
        let run = String(UInt64(started.microseconds / 1_000), radix: 36)
        let plan = try DemoPlan(log, customers: limit, run: run)
        let secrets = Secrets(settings)
        let http = HTTPClient(loop: loop)
        let client = DemoClient(
            url: settings.url(.gateway), http: http, loop: loop,
            apiKey: try secrets.read(secrets.demoPartnerKey))
        let mail = DemoMail(
            MailCatcher(url: settings.url(.sandbox), http: http), loop: loop,
            from: started - .seconds(1), run: run)
        let programs = ProgramPlan(
            settings: settings, secrets: secrets,
            directory: PlatformSettings.executableDirectory(), environment: context.environment,
            isForPeople: false)
        let isProven = try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                try await mail.read()
                return nil
            }
            group.addTask {
                let stage = try await DemoStage.build(
                    client: client, mail: mail, loop: loop, run: run, settings: settings,
                    secrets: secrets)
                return try await DemoRun(
                    plan: plan, stage: stage, programs: programs, began: started
                ).play()
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            return false
        }
        await http.close()
        return isProven
    }
}
