internal import Runtime

/// `souk load`: so many checkouts a second, for so long, and whether all came out right.
enum LoadCommand {
    static let standard = LoadSettings(rate: 20, seconds: 300, buyers: 100)

    static let command = Command(
        syntax: CommandSyntax(
            name: "load", summary: "Check out so many carts a second; prove every order.",
            options: [
                .init(
                    name: "rate", value: "N",
                    help: "Checkouts a second; \(standard.rate) when not given."),
                .init(
                    name: "seconds", value: "M",
                    help: "For how long; \(standard.seconds) when not given."),
                .init(
                    name: "buyers", value: "N",
                    help: "Who shares them; \(standard.buyers) when not given."),
                .init(
                    name: "journey",
                    help: "Purchases, sales, refunds, deposits and withdrawals instead."),
                .init(
                    name: "promises", value: "FILE",
                    help: "Where the journey writes down what it was answered, for souk verify."),
            ],
            details: """
                It plays on the platform that runs here, or starts one and stops it afterwards. Buyers
                register and pay money in; then carts are filled and checked out through the gateway at
                fixed times, whether or not those before have ended, so that a platform that falls
                behind is seen to: times are counted from when a checkout should have begun. In the end
                every order is held against what was answered, every order is shown to be paid once,
                every cent to be in the ledger, every message to have its cause, and every invariant of
                every service is checked. The exit status is 0 when all of it holds.

                With --journey everybody does one thing after the other, at random, and does not mind
                what fails meanwhile: that is for souk verify --promises to judge.

                  souk load --rate 20 --seconds 300
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let load = LoadSettings(
            rate: try arguments.integer("rate", in: 1...10_000) ?? standard.rate,
            seconds: try arguments.integer("seconds", in: 1...86_400) ?? standard.seconds,
            buyers: try arguments.integer("buyers", in: 1...10_000) ?? standard.buyers)
        try PlatformFiles.makeDirectory(
            context.settings.home, mode: PlatformFiles.mode(context.settings.home) ?? 0o700)
        return try await DemoPlatform.play(context, stopped: "The load was stopped.") { settings in
            let world = try DemoWorld(settings, context)
            if arguments.has("journey") {
                return try await JourneyLoad.play(
                    load, world, promises: PromiseFile(arguments["promises"]))
            }
            return try await world.live {
                try await LoadRun.prepare(load, world).play()
            }
        }
    }
}

/// How much, and for how long.
struct LoadSettings: Sendable {
    let rate: Int
    let seconds: Int
    let buyers: Int

    var checkouts: Int { rate * seconds }

    /// When a checkout is to begin, from the start.
    func start(of index: Int) -> Duration {
        .nanoseconds(Int64(index) * 1_000_000_000 / Int64(rate))
    }

    /// How many one buyer has to do, at most.
    var share: Int { (checkouts + buyers - 1) / buyers }
}
