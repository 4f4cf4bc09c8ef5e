internal import EventTypes

/// What a replay is asked for on the command line.
struct ReplayArguments: Sendable, Equatable {
    var report: ReportKind
    var window = ReportWindow.all
    var format = ReportFormat.table
    /// Where reading starts; the beginning when nil.
    var since: Timestamp?

    /// A command line that asks for something that does not exist, as a sentence.
    struct Fault: Error, Equatable {
        let sentence: String
    }

    init(report: ReportKind) { self.report = report }

    init(_ arguments: [String]) throws(Fault) {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard Self.options.contains(name) else {
                throw Fault(
                    sentence: name.hasPrefix("-")
                        ? "There is no option \(name) of replay."
                        : "`\(name)` is not expected: every value follows its option.")
            }
            guard values[name] == nil else { throw Fault(sentence: "\(name) is given twice.") }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst(),
                !value.hasPrefix("--"), !value.isEmpty
            else { throw Fault(sentence: "\(name) needs a value.") }
            values[name] = value
        }
        guard let report = values["--report"] else {
            throw Fault(sentence: "Say which report: \(Self.listed("--report", ReportKind.self)).")
        }
        self.init(report: try Self.choice("--report", report))
        if let text = values["--format"] { format = try Self.choice("--format", text) }
        window.from = try Self.time("--from", values)
        window.to = try Self.time("--to", values)
        since = try Self.time("--since", values)
        if let fault = self.report.fault(of: window) {
            throw Fault(
                sentence: fault.replacing("`from`", with: "--from")
                    .replacing("`to`", with: "--to"))
        }
    }

    private static let options: Set = ["--report", "--from", "--to", "--format", "--since"]

    private static func listed<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) -> String where Choice.RawValue == String {
        "\(name) \(Choice.allCases.map(\.rawValue).joined(separator: "|"))"
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ text: String
    ) throws(Fault) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            throw Fault(
                sentence: "`\(text)` is none of the choices: \(listed(name, Choice.self)).")
        }
        return choice
    }

    private static func time(
        _ name: String, _ values: [String: String]
    ) throws(Fault) -> Timestamp? {
        guard let text = values[name] else { return nil }
        guard let time = Timestamp(text) else {
            throw Fault(
                sentence: "\(name) must be a date or a time of RFC 3339, such as 2026-01-31 "
                    + "or 2026-01-31T09:30:00Z, not `\(text)`.")
        }
        return time
    }
}
