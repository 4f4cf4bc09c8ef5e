internal import Bus
internal import Database
internal import Runtime

/// The whole examination, of what PostgreSQL and the broker say.
struct PlatformProof: Sendable {
    static let interval: Duration = .seconds(1)

    private let programs: ProgramPlan
    private let pool: DatabasePool
    private let bus: BusConfiguration
    private let promises: PromiseBook?
    private let loop: EventLoop
    private let logger: Logger

    /// - Throws: `Complaint` where nothing runs.
    init(_ context: CommandContext, _ promises: PromiseBook?) throws {
        programs = try ProgramPlan.ofPlatform(here: context)
        let settings = programs.settings
        let server = PostgresServer(.init(directory: try PostgresPlace.directory(settings)))
        guard let address = server.address else {
            throw Complaint(
                "Nothing runs here: souk up starts it.", status: ExitStatus.unavailable)
        }
        pool = DatabasePool(
            DatabaseConfiguration(
                url: address.url(), applicationName: "souk verify", connections: 2),
            loop: context.loop, logger: context.logger, metrics: Metrics())
        bus = try BusConfiguration(
            bootstrapServers: settings.bootstrapServers, clientID: "souk-verify")
        self.promises = promises
        loop = context.loop
        logger = context.logger
    }

    func close() async { await pool.close() }

    /// - Parameter patience: how long everything may take to come to its end; nil when it need not.
    func examine(quietWithin patience: Duration?) async throws -> VerifyReport {
        var findings: [VerifyFinding] = []
        if let patience { findings.append(try await waitUntilQuiet(patience)) }
        let isQuiet = findings.first?.holds ?? false
        let marks = try await PlatformMarks.read(pool)
        let logs = try await PublishedLogs.read(programs, marks, promises, loop: loop)
        findings += [
            VerifyFinding("what the logs publish is contiguous", logs.count, logs.faults),
            InboxProof.examine(logs, marks, isQuiet: isQuiet),
        ]
        findings.append(
            try await TopicProof(
                bus: bus, pool: { [pool] in try await PlatformMarks.read(pool) }, loop: loop,
                logger: logger
            ).examine(logs, marks))
        findings += try await EffectProof(pool: pool, logs: logs, marks: marks).examine()
        findings += logs.books.findings(isQuiet: isQuiet)
        findings += try await ServiceProof(
            programs: programs,
            services: PlatformProgram.withLog.filter { marks.heads[$0.name] != nil }, loop: loop
        ).examine()
        let events = marks.heads.values.reduce(0, +)
        return VerifyReport(
            findings: [VerifyFinding("events in all logs", Int(events))] + findings)
    }

    /// Twice in a row nothing must be under way, and nothing may have happened between.
    private func waitUntilQuiet(_ patience: Duration) async throws -> VerifyFinding {
        let start = ContinuousClock.now
        var last: PlatformMarks?
        var unfinished: [String] = []
        while ContinuousClock.now < start + patience {
            do {
                let marks = try await PlatformMarks.read(pool)
                unfinished = marks.unfinished
                if unfinished.isEmpty, marks == last {
                    let took = start.duration(to: .now)
                    return VerifyFinding(
                        "everything comes to its end", marks.heads.count,
                        note: "after \(TextTable.span(took))")
                }
                last = marks
            } catch let error as DatabaseError where error.isRetriable {
                unfinished = ["the database does not answer: \(error)"]
            }
            try await loop.sleep(for: Self.interval)
        }
        return VerifyFinding(
            "everything comes to its end", last?.heads.count ?? 0,
            unfinished.isEmpty ? ["it never stood still for \(Self.interval)"] : unfinished)
    }
}
