/// What came of a statement, row by row.
struct StatementReport: Codable, Sendable, Equatable {
    enum Status: String, Codable, CaseIterable, Sendable {
        /// Both sides say the same.
        case matched
        /// We did not know the sale.
        case created
        /// The sale moved on.
        case updated
        /// Both sides differ and a person has to look at it.
        case conflicting
        /// The action stands in an earlier row.
        case repeated
        case unknownClick = "unknown_click"
        case badRow = "bad_row"
    }

    struct Row: Codable, Sendable, Equatable {
        /// From 1, the header not counted.
        let line: Int
        let actionID: String?
        let status: Status
        /// The column at fault.
        let field: String?
        let problem: String?

        enum CodingKeys: String, CodingKey {
            case line
            case actionID = "action_id"
            case status, field, problem
        }
    }

    let network: String
    let counts: [String: Int]
    let rows: [Row]
    /// Sales of the period that the statement does not have.
    let absent: [String]

    init(network: String, rows: [Row], absent: [String]) {
        self.network = network
        self.rows = rows
        self.absent = absent
        var counts = Dictionary(uniqueKeysWithValues: Status.allCases.map { ($0.rawValue, 0) })
        for row in rows { counts[row.status.rawValue, default: 0] += 1 }
        self.counts = counts
    }
}
