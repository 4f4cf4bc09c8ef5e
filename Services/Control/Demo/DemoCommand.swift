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
                its cause, and every invariant of every service is checked. The exit status is 0 when all
                agree to the cent.

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
        return try await DemoPlatform.play(context, stopped: "The demonstration was stopped.") {
            try await play(log, limit, $0, context)
        }
    }

    /// What the directory has already, lest PostgreSQL's user be locked out.
    private static func homeMode(_ settings: PlatformSettings) -> UInt32 {
        PlatformFiles.mode(settings.home) ?? 0o700
    }

    private static func play(
        _ log: PurchaseLog, _ limit: Int?, _ settings: PlatformSettings, _ context: CommandContext
    ) async throws -> Bool {
        let world = try DemoWorld(settings, context)
        let plan = try DemoPlan(log, customers: limit, run: world.run)
        return try await world.live {
            let stage = try await DemoStage.build(world)
            return try await DemoRun(
                plan: plan, stage: stage, programs: world.programs, began: world.began
            ).play()
        }
    }
}
