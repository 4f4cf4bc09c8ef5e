internal import Database
internal import EventStore
internal import HTTP
internal import JSON
internal import Runtime

/// What the subcommands do. None of them needs the bus or the HTTP server.
extension ServiceParts {
    /// Applies what is missing of the log's migrations, then of the service's own.
    func runMigrations() async throws -> [String] {
        guard store != nil else { return [] }
        let migrator = Migrator(pool: context.pool, schema: schema, logger: logger)
        return try await migrator.run(PostgresEventStore.migrations + blueprint.migrations)
    }

    func migrate() async throws -> [String] {
        // The log itself needs the tables that this makes.
        try await ComponentSession.run([("database", context.pool)], on: context.loop) {
            try await runMigrations()
        }
    }

    /// Rebuilds one projection, or all in turn.
    func rebuild(_ name: String?, say: @Sendable (String) -> Void) async throws -> Int32 {
        let all = blueprint.projections.map(\.name)
        let names = name.map { [$0] } ?? all
        if let name, !all.contains(name) {
            throw UsageError(
                "There is no projection \(name). There are: \(all.joined(separator: ", ")).")
        }
        return try await session([]) { _ in
            guard let projections else { return ExitStatus.success }
            for name in names {
                let progress = TerminalProgress(total: nil, label: "rebuild \(name)")
                let report = try await projections.rebuild(name) { step in
                    progress.set(Int(step.done), of: Int(step.total))
                }
                progress.finish()
                say(Self.sentence(report))
            }
            return ExitStatus.success
        }
    }

    private static func sentence(_ report: RebuildReport) -> String {
        let same =
            switch report.wasIdentical {
            case true?: "identical to the one before"
            case false?: "DIFFERENT from the one before"
            case nil: "in a new form"
            }
        return "\(report.projection): \(report.events) events, "
            + "\(report.rows.reduce(0, +)) rows, \(same), switched at position "
            + "\(report.handover), \(report.elapsed.inMilliseconds) ms\n"
    }

    /// Checks every invariant; says how much was examined, or what is wrong.
    func verify(say: @Sendable (String) -> Void) async throws -> Int32 {
        try await session([]) { store in
            let verification = VerifyContext(pool: context.pool, store: store)
            var broken = 0
            for invariant in invariants {
                switch try await invariant.check(verification) {
                case .holds(let count): say("ok      \(invariant.name) (\(count) examined)\n")
                case .violated(let cases):
                    broken += 1
                    say("BROKEN  \(invariant.name)\n")
                    for one in cases { say("        \(one)\n") }
                }
            }
            say(broken == 0 ? "Every invariant holds.\n" : "\(broken) invariants are broken.\n")
            return broken == 0 ? ExitStatus.success : ExitStatus.failure
        }
    }

    /// Prints everything that the log publishes, with the numbers that it has on the topics: a line
    /// each, its place as JSON, a tab, and its payload.
    func published(say: @Sendable (String) -> Void) async throws -> Int32 {
        guard let publish = blueprint.publish else { return ExitStatus.success }
        return try await session([]) { store in
            var lines = ""
            try await PublishedLog(store: store, map: publish).read { entry, payload in
                lines +=
                    try JSON.text(entry) + "\t" + String(decoding: payload, as: UTF8.self) + "\n"
                if lines.utf8.count < 1 << 16 { return }
                say(lines)
                lines = ""
            }
            say(lines)
            return ExitStatus.success
        }
    }

    /// Of the log, of the service, and of each read model.
    private var invariants: [Invariant] {
        guard let projections else { return blueprint.invariants }
        return LogInvariants.all + blueprint.invariants
            + LogInvariants.folds(blueprint.projections.map(\.name), projections)
    }

    /// Runs a subcommand of the service's own.
    func run(_ subcommand: Subcommand, _ arguments: [String]) async throws -> Int32 {
        guard subcommand.needsDatabase else { return try await subcommand.run(arguments) }
        return try await session([]) { _ in try await subcommand.run(arguments) }
    }

    /// Keeps database, log and `more` running around some work.
    func session<R: Sendable>(
        _ more: [(name: String, component: any Component)],
        _ body: (any EventStore) async throws -> R
    ) async throws -> R {
        var components: [(name: String, component: any Component)] = []
        if let store {
            components = [("database", context.pool), ("log", store)]
        }
        return try await ComponentSession.run(components + more, on: context.loop) {
            try await body(context.store)
        }
    }
}
