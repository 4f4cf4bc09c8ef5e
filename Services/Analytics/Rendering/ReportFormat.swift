internal import JSON

/// The forms in which a report is shown.
enum ReportFormat: String, CaseIterable, Sendable {
    case json, csv, table, svg

    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv"
        case .table: "text/plain"
        case .svg: "image/svg+xml"
        }
    }

    func text(_ table: ReportTable, _ kind: ReportKind, _ window: ReportWindow) throws -> String {
        switch self {
        case .json: try JSON.text(table.json(kind, window)) + "\n"
        case .csv: table.csv
        case .table: table.text
        case .svg: table.svg
        }
    }
}
