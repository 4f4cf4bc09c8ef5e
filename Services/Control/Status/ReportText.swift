internal import EventTypes
internal import JSON
internal import Runtime

/// How a report is printed.
enum ReportFormat: String, CaseIterable, Sendable {
    /// What is wrong in sentences, then tables.
    case text
    /// One object a line.
    case json

    static let option = CommandSyntax.Option(
        name: "format", value: "text|json", help: "json for programs; text when not set.")

    init(_ arguments: CommandArguments) throws(CommandLineError) {
        guard let name = arguments["format"] else {
            self = .text
            return
        }
        guard let format = ReportFormat(rawValue: name) else {
            throw CommandLineError("--format is \"\(name)\": it must be text or json.")
        }
        self = format
    }
}

extension StatusReport {
    var json: String {
        get throws { try JSON.text(self) + "\n" }
    }

    /// The findings, one a line.
    var sentences: String {
        findings.isEmpty ? "All is well.\n" : findings.map { "! \($0.text)\n" }.joined()
    }

    var programTable: String {
        var table = TextTable([
            .left("PROGRAM"), .right("PID"), .left("STATE"), .right("UPTIME"), .right("RSS"),
            .right("RESTARTS"), .left("READY"), .right("LOOP"), .left("ADDRESS"),
        ])
        for program in programs {
            table.add([
                program.name, program.pid.map(String.init) ?? "-", program.state.rawValue,
                program.uptime.map { TextTable.span(.seconds($0)) } ?? "-",
                program.memory.map { "\($0 >> 20) MB" } ?? "-",
                program.restarts.map(String.init) ?? "-",
                program.ready.map { $0 ? "yes" : "no" } ?? "-",
                program.lag.map { "\(Int($0 * 1_000)) ms" } ?? "-", program.address ?? "-",
            ])
        }
        return table.isEmpty ? "" : table.text
    }

    var followerTable: String {
        var table = TextTable([
            .left("SERVICE"), .left("FOLLOWER"), .right("AT"), .right("END"), .right("BEHIND"),
            .right("FOR"),
        ])
        for follower in followers {
            let age = follower.behind > 0 ? follower.age(at: at) : nil
            table.add([
                follower.service, follower.title, String(follower.position),
                String(follower.end), String(follower.behind),
                follower.behind == 0 ? "-" : age.map { TextTable.span($0) } ?? "?",
            ])
        }
        return table.isEmpty ? "" : table.text
    }
}

extension StatusReport.Follower {
    fileprivate var title: String {
        switch kind {
        case .log, .publisher: kind.rawValue
        case .projection: "projection \(name)"
        case .consumer: "consumer of \(name)" + (source.map { " (\($0))" } ?? "")
        }
    }
}
