import JSON

/// What a run did and found.
struct TortureReport: Sendable {
    let options: TortureOptions
    let broker: String
    /// Kinds that could not be done, with the reason.
    let excluded: [String: String]
    var faults: [String: Int] = [:]
    var load = Journey.Result()
    /// What `souk verify --format json` says.
    var verification: JSONValue = .null
    /// Why the run did not come to its end.
    var failure: String?

    private var findings: [JSONValue] { verification["findings"]?.array ?? [] }

    var violations: Int {
        Int(verification["violations"]?.integer ?? 0) + (failure == nil ? 0 : 1)
    }

    var holds: Bool { failure == nil && verification["holds"]?.bool == true }

    private func examined(_ name: String) -> Int64 {
        findings.first { $0["name"]?.string == name }?["examined"]?.integer ?? 0
    }

    private func note(_ name: String) -> String? {
        findings.first { $0["name"]?.string == name }?["note"]?.string
    }

    private var rows: [(name: String, value: JSONValue)] {
        let published = "every published event is on its topic as its log gives it"
        return [
            ("seed", .integer(Int64(bitPattern: options.seed))),
            ("minutes", .integer(Int64(options.minutes))), ("broker", .string(broker)),
            ("cores", .integer(Int64(Machine.cores))),
            ("faults", .integer(Int64(faults.values.reduce(0, +)))),
            ("requests", .integer(Int64(load.requests))),
            ("commands", .integer(Int64(load.commands))),
            ("acknowledged", .integer(Int64(load.answered))),
            ("given up or refused", .integer(Int64(load.givenUp))),
            ("events in the logs", .integer(examined("events in all logs"))),
            ("events on the topics", .integer(examined(published))),
            ("topics", .string(note(published) ?? "")),
            (
                "effects", .integer(examined("what a received event caused was recorded once"))
            ),
            ("quiet", .string(note("everything comes to its end") ?? "no")),
            ("invariants", .integer(Int64(findings.count))),
            ("violations", .integer(Int64(violations))),
        ]
    }

    func json() throws -> String {
        var object = JSONObject()
        for row in rows { object[row.name.replacing(" ", with: "_")] = row.value }
        var kinds = JSONObject()
        for (kind, count) in faults.sorted(by: { $0.key < $1.key }) {
            kinds[kind] = .integer(Int64(count))
        }
        object["faults_by_kind"] = .object(kinds)
        var left = JSONObject()
        for (kind, reason) in excluded { left[kind] = .string(reason) }
        object["left_out"] = .object(left)
        object["holds"] = .bool(holds)
        object["failure"] = failure.map { .string($0) }
        object["verification"] = verification
        return try JSON.text(JSONValue.object(object)) + "\n"
    }

    var text: String {
        var text = ""
        func row(_ name: String, _ value: String) {
            text += name + String(repeating: " ", count: max(1, 48 - name.count)) + value + "\n"
        }
        for (name, value) in rows {
            row(name, value.string ?? value.integer.map { "\($0)" } ?? "")
            if name == "faults" {
                for (kind, count) in faults.sorted(by: { $0.key < $1.key }) {
                    row("  \(kind)", "\(count)")
                }
                for (kind, reason) in excluded.sorted(by: { $0.key < $1.key }) {
                    row("  \(kind)", "left out: \(reason)")
                }
            }
        }
        for finding in findings where finding["violation_count"]?.integer != 0 {
            text += "\n\(finding["name"]?.string ?? ""):\n"
            for one in finding["violations"]?.array ?? [] { text += "  \(one.string ?? "")\n" }
        }
        if let failure { text += "\n\(failure)\n" }
        return text + (holds ? "\nEverything holds.\n" : "\nVIOLATED.\n")
    }
}
