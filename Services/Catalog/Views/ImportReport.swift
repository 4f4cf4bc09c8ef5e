internal import EventTypes

/// What came of every row of an import.
struct ImportReport: Codable, Sendable {
    /// What came of one row.
    enum Status: String, Codable, CaseIterable, Sendable {
        case created, updated, unchanged, failed
    }

    /// What is wrong with a row, and in which column.
    struct Fault: Codable, Sendable, Equatable, Error {
        let field: String
        let detail: String

        init(_ field: String, _ detail: String) {
            self.field = field
            self.detail = detail
        }
    }

    /// One row, by the line that it begins on.
    struct Row: Codable, Sendable {
        let line: Int
        let status: Status
        var productID: ProductID?
        var problem: Fault?

        enum CodingKeys: String, CodingKey {
            case line, status, problem
            case productID = "product_id"
        }
    }

    private(set) var created = 0
    private(set) var updated = 0
    private(set) var unchanged = 0
    private(set) var failed = 0
    private(set) var rows: [Row] = []

    mutating func add(_ row: Row) {
        rows.append(row)
        switch row.status {
        case .created: created += 1
        case .updated: updated += 1
        case .unchanged: unchanged += 1
        case .failed: failed += 1
        }
    }
}
