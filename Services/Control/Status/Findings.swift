internal import EventTypes
internal import Runtime

/// What is wrong, in plain words and the worst first. Pure.
struct Findings {
    /// What follows something may be behind for so long before it is worth a word.
    static let patience: Duration = .seconds(5)
    /// A session may wait for a lock for so long, in seconds.
    static let lockPatience = 1.0
    /// A callback may wait for its event loop for so long, in seconds.
    static let loopPatience = 0.25
    /// The share of a disk, and the bytes, that should be free.
    static let diskShare = 0.1
    static let diskBytes = 2 << 30

    private let report: StatusReport

    /// The findings of a report that has everything but them.
    static func of(_ report: StatusReport) -> [StatusReport.Finding] {
        let findings = Findings(report: report)
        return findings.unanswered + findings.programs + findings.blocked + findings.behind
            + findings.parked + findings.stuck + findings.timers + findings.breakers
            + findings.loops + findings.disks
    }

    private var unanswered: [StatusReport.Finding] {
        report.unanswered.map {
            let sentence = "\(Self.capitalised($0.question)) does not answer: \($0.reason)"
            return .init(
                kind: .unanswered, service: nil,
                text: sentence.hasSuffix(".") ? sentence : sentence + ".")
        }
    }

    private var programs: [StatusReport.Finding] {
        report.programs.compactMap { program in
            Self.fault(of: program).map {
                .init(kind: .program, service: program.name, text: $0)
            }
        }
    }

    private static func fault(of program: StatusReport.Program) -> String? {
        switch program.state {
        case .halted:
            let pid = program.pid ?? 0
            return "\(program.name) is halted: its process \(pid) was sent SIGSTOP or is debugged; "
                + "kill -CONT \(pid) lets it go on."
        case .starting: return "\(program.name) does not run yet."
        case .restarting:
            return "\(program.name) does not run: it is being started again "
                + "(\(program.restarts ?? 0) times so far)."
        case .stopped: return nil
        case .running, .elsewhere:
            guard program.ready == false else { return nil }
            return "\(program.name) is not ready: \(program.fault ?? "it does not say why")."
        }
    }

    /// One for each holder and those of one name that wait for it; the longest wait speaks for all.
    private var blocked: [StatusReport.Finding] {
        let late = report.blocked.filter { $0.waited >= Self.lockPatience }
        return Dictionary(grouping: late) { "\($0.holder.pid) \($0.waiting.name)" }.values
            .compactMap { group in group.max { $0.waited < $1.waited }.map { ($0, group.count) } }
            .sorted { ($0.0.waited, $0.0.holder.pid) > ($1.0.waited, $1.0.holder.pid) }
            .map { block, count in
                .init(
                    kind: .blocked, service: block.waiting.name, text: Self.sentence(block, count))
            }
    }

    private static func sentence(_ block: StatusReport.Block, _ count: Int) -> String {
        let waiting =
            count == 1
            ? "\(block.waiting.name) (process \(block.waiting.pid))"
            : "\(count) sessions of \(block.waiting.name)"
        return "\(block.holder.name) (PostgreSQL process \(block.holder.pid), "
            + "\(block.holder.state), its transaction open for \(span(block.holder.age))) blocks "
            + "\(waiting) for \(span(block.waited)). Waiting: \(block.waiting.query)"
    }

    private var behind: [StatusReport.Finding] {
        report.followers.filter { $0.isLate(at: report.at) }.map { follower in
            .init(
                kind: .behind, service: follower.service,
                text: Self.sentence(follower, at: report.at))
        }
    }

    private static func sentence(_ follower: StatusReport.Follower, at now: Timestamp) -> String {
        let events = count(follower.behind, "event")
        let what =
            switch follower.kind {
            case .consumer:
                "\(follower.service) is \(events) behind \(follower.name)"
                    + (follower.source.map { " of \($0)" } ?? "")
            case .projection:
                "The read model \(follower.name) of \(follower.service) is \(events) behind its log"
            case .publisher, .log:
                "\(follower.service) has \(events) in its log that are not on the bus yet"
            }
        guard let oldest = follower.oldest else {
            return what + "; for how long is not known."
        }
        return what + " for \(span(now.since(oldest).inSeconds)); the oldest waits since \(oldest)."
    }

    private var parked: [StatusReport.Finding] {
        report.parked.map {
            .init(
                kind: .parked, service: $0.service,
                text: "\($0.service) has parked \($0.id) "
                    + "(\(Self.count(Int64($0.events), "event"))) since \($0.since): \($0.reason). "
                    + "See it with: souk parked show \($0.service) \($0.id)")
        }
    }

    private var stuck: [StatusReport.Finding] {
        report.stuck.map { process in
            let step = process.step.map { " at \($0)" } ?? ""
            return .init(
                kind: .stuck, service: process.service,
                text: "\(process.service): the \(process.process) \(process.id) is stuck\(step) "
                    + "since \(process.since): \(process.reason ?? "no reason is known").")
        }
    }

    private var timers: [StatusReport.Finding] {
        report.timers.map {
            let late = Self.span(report.at.since($0.oldest).inSeconds)
            let tried = $0.attempts > 0 ? ", tried up to \($0.attempts) times" : ""
            return .init(
                kind: .timers, service: $0.service,
                text: "\($0.service): \(Self.count(Int64($0.overdue), "timer")) of the kind "
                    + "\($0.kind) overdue, the latest by \(late)\(tried).")
        }
    }

    /// Half open is on the way to well: the next requests decide.
    private var breakers: [StatusReport.Finding] {
        report.breakers.filter { $0.state == "open" }.map {
            .init(
                kind: .breaker, service: $0.service,
                text: "The gateway's circuit breaker of \($0.service) (replica \($0.replica)) is "
                    + "open: it gets no requests.")
        }
    }

    private var loops: [StatusReport.Finding] {
        report.programs.compactMap { program in
            guard let lag = program.lag, lag >= Self.loopPatience else { return nil }
            return .init(
                kind: .loop, service: program.name,
                text: "The event loop of \(program.name) lags: something waited for "
                    + "\(Int(lag * 1_000)) ms for its turn within the last minute.")
        }
    }

    private var disks: [StatusReport.Finding] {
        report.disks.filter(\.isLow).map {
            .init(
                kind: .disk, service: nil,
                text: "The disk of \($0.place) is nearly full: \($0.free >> 20) MB of "
                    + "\($0.size >> 20) MB are free.")
        }
    }

    // MARK: Words

    /// `1,204 events`.
    static func count(_ number: Int64, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A number with a comma between thousands.
    static func grouped(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    private static func span(_ seconds: Double) -> String {
        TextTable.span(.milliseconds(Int64(seconds * 1_000)))
    }

    private static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}

extension StatusReport.Follower {
    /// How long the oldest event has waited; nil when that is not known.
    func age(at now: Timestamp) -> Duration? { oldest.map { now.since($0) } }

    /// Whether it is behind for longer than is usual, or for nobody knows how long.
    func isLate(at now: Timestamp) -> Bool {
        behind > 0 && (age(at: now) ?? Findings.patience) >= Findings.patience
    }
}

extension StatusReport.Disk {
    var isLow: Bool {
        free < Findings.diskBytes && Double(free) < Findings.diskShare * Double(size)
    }
}
