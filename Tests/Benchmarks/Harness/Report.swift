import Foundation
import JSON

/// Everything that a run found.
struct Report: Codable, Sendable {
    /// A benchmark that could not be taken.
    struct Failure: Codable, Sendable {
        let name: String
        let reason: String
    }

    let machine: MachineFacts
    var figures: [Figure] = []
    var failures: [Failure] = []
    /// How long each benchmark took.
    var seconds: [String: Double] = [:]

    init(machine: MachineFacts) { self.machine = machine }

    func write(to path: String) throws {
        try Workshop.write(String(decoding: try JSON.encode(self), as: UTF8.self), to: path)
    }

    /// The figures that miss what the repository asks of them.
    func regressions(_ thresholds: Thresholds) -> [Figure] {
        figures.filter { figure in
            thresholds.values[figure.name].map { !figure.isWithin($0) } ?? false
        }
    }

    // MARK: Text

    func text(_ thresholds: Thresholds) -> String {
        var rows = [
            ["what", "ours", "limit", "ratio", "reach", "", "p50", "p95", "p99", "p99.9"]
        ]
        for figure in figures { rows.append(Self.row(figure)) }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[index] - cell.count)
                line += (index == 0 || index == 2 ? cell + gap : gap + cell) + "  "
            }
            return line
        }
        lines.insert("", at: 0)
        lines += ["", machine.text]
        for figure in figures {
            if let note = figure.note { lines.append("\(figure.name): \(note)") }
        }
        for failure in failures { lines.append("\(failure.name) failed: \(failure.reason)") }
        for figure in regressions(thresholds) {
            let asked = thresholds.values[figure.name] ?? 0
            lines.append(
                "\(figure.name) is \(Self.number(figure.value)), but thresholds.json asks for "
                    + "\(figure.side == .atLeast ? "at least" : "at most") \(Self.number(asked))")
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ figure: Figure) -> [String] {
        let sign = figure.side == .atLeast ? "≥" : "≤"
        let limit = figure.limit.map { "\(figure.against ?? "") \(number($0))" } ?? ""
        let latency = figure.latency.map { [$0.p50, $0.p95, $0.p99, $0.p999].map(number) }
        return [
            "\(figure.name): \(figure.what)", "\(number(figure.ours)) \(figure.unit)", limit,
            figure.limit == nil ? "" : number(figure.value), "\(sign) \(number(figure.reach))",
            figure.isReached ? "✓" : "✗",
        ] + (latency ?? ["", "", "", ""])
    }

    /// A number as a person reads it: three digits, or all of a large one, in groups.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if abs(value) < 100 { return String(format: abs(value) < 10 ? "%.2f" : "%.1f", value) }
        var digits = String(Int(value.rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
