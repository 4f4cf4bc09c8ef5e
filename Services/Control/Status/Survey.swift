internal import EventStore
internal import EventTypes
internal import Runtime

/// Asks everybody at once how they are, and waits for nobody longer than they may take: an answer
/// is there within five seconds, and says who did not.
struct Survey: Sendable {
    let deployment: Deployment
    let loop: EventLoop
    let logger: Logger
    private let clock = SystemClock()

    init(_ deployment: Deployment, _ context: CommandContext) {
        self.deployment = deployment
        loop = context.loop
        // What does not answer is in the report; the clients' own complaints would only repeat it.
        logger = Logger(label: "souk", level: .error, sink: Silence())
    }

    private struct Silence: LogSink {
        func write(_ record: LogRecord) {}
    }

    /// Everything, with what is wrong.
    func status() async -> StatusReport {
        async let followers = followers()
        async let programs = ProgramSurvey(deployment: deployment, loop: loop).ask()
        var report = await followers
        let answers = await programs
        report.programs = answers.programs
        report.breakers = answers.breakers
        report.disks = answers.disks
        report.findings = Findings.of(report)
        return report
    }

    /// What database and broker know, with what is wrong there.
    func followers() async -> StatusReport {
        let survey = BusSurvey(bus: deployment.bus, loop: loop, logger: logger)
        async let silence = survey.fault()
        let answers = await DatabaseSurvey(deployment: deployment, loop: loop, logger: logger).ask()
        let fault = await silence
        var report = StatusReport(at: clock.now())
        report.unanswered = answers.unanswered + (fault.map { [$0] } ?? [])
        report.blocked = answers.blocked
        report.parked = answers.services.flatMap(\.parked)
        report.stuck = answers.services.flatMap(\.stuck)
        for service in answers.services {
            report.timers += service.health.overdue.map {
                .init(
                    service: service.name, kind: $0.kind, overdue: $0.count,
                    attempts: $0.attempts, oldest: $0.oldest)
            }
            report.followers += service.followers
        }
        report.followers +=
            answers.services.isEmpty && fault == nil
            ? await survey.consumers()
            : await consumers(answers.services, fault == nil ? survey : nil)
        report.at = clock.now()
        report.findings = Findings.of(report)
        return report
    }

    /// - Parameter bus: nil when the broker does not answer, and so cannot say since when.
    private func consumers(
        _ services: [DatabaseSurvey.Service], _ bus: BusSurvey?
    ) async -> [StatusReport.Follower] {
        let lags = ConsumerLag.all(
            applied: Dictionary(
                uniqueKeysWithValues: services.map { ($0.name, $0.applied) }),
            published: Dictionary(
                uniqueKeysWithValues: services.map { ($0.name, $0.published) }))
        return await withTaskGroup(of: (Int, StatusReport.Follower).self) { group in
            for (index, lag) in lags.enumerated() {
                group.addTask {
                    var follower = StatusReport.Follower(lag)
                    if lag.behind > 0, let bus {
                        follower.oldest = await bus.oldest(
                            lag.topic, of: lag.source, group: lag.service, after: lag.lagging)
                    }
                    return (index, follower)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension StatusReport.Follower {
    init(_ lag: ConsumerLag) {
        self.init(
            service: lag.service, kind: .consumer, name: lag.topic, source: lag.source,
            position: lag.applied, end: lag.published, behind: lag.behind)
    }
}

extension DatabaseSurvey.Service {
    /// The log itself, and what follows it.
    var followers: [StatusReport.Follower] {
        let log = StatusReport.Follower(
            service: name, kind: .log, name: "log", position: health.head, end: health.head,
            behind: 0)
        return [log]
            + health.followers.map { follower in
                let words = follower.name.split(separator: " ", maxSplits: 1).map(String.init)
                return .init(
                    service: name, kind: words[0] == "projection" ? .projection : .publisher,
                    name: words.last ?? "", position: follower.position, end: health.head,
                    behind: max(0, health.head - follower.position), oldest: follower.oldest)
            }
    }
}
