internal import JSON

/// One sentence about the platform, and how far it is true.
struct VerifyFinding: Codable, Sendable, Equatable {
    /// The most cases that are named.
    static let limit = 20

    let name: String
    /// Of how many things it was examined.
    let examined: Int
    /// The first cases of what is wrong.
    let violations: [String]
    let violationCount: Int
    /// What else is to be known.
    let note: String?

    enum CodingKeys: String, CodingKey {
        case name, examined, violations
        case violationCount = "violation_count"
        case note
    }

    init(_ name: String, _ examined: Int, _ faults: [String] = [], note: String? = nil) {
        self.name = name
        self.examined = examined
        violations = Array(faults.prefix(Self.limit))
        violationCount = faults.count
        self.note = note
    }

    var holds: Bool { violationCount == 0 }
}

/// What an examination came to.
struct VerifyReport: Codable, Sendable {
    let findings: [VerifyFinding]

    var holds: Bool { findings.allSatisfy(\.holds) }
    var violations: Int { findings.reduce(0) { $0 + $1.violationCount } }

    func json() throws -> String {
        let findings = try self.findings.map {
            try JSON.decode(JSONValue.self, from: try JSON.encode($0))
        }
        let whole: JSONValue = [
            "holds": .bool(holds), "violations": .integer(Int64(violations)),
            "findings": .array(findings),
        ]
        return try JSON.text(whole) + "\n"
    }

    var table: String {
        var table = TextTable([.left("PROOF"), .right("EXAMINED"), .left("")])
        for finding in findings {
            let state =
                finding.holds ? "ok" : "VIOLATED \(finding.violationCount) times"
            table.add([
                finding.name, "\(finding.examined)",
                finding.note.map { "\(state) (\($0))" } ?? state,
            ])
        }
        var text = table.text
        for finding in findings where !finding.holds {
            text += "\n\(finding.name):\n"
            for one in finding.violations { text += "  \(one)\n" }
        }
        return text + "\n" + (holds ? "Everything holds.\n" : "\(violations) VIOLATIONS.\n")
    }
}
