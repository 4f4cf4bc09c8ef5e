internal import Runtime

/// Rows of text in columns as wide as they must be.
struct TextTable {
    /// A column's title, and the side that its texts lean to.
    struct Column {
        let title: String
        let isRight: Bool

        static func left(_ title: String) -> Column { Column(title: title, isRight: false) }
        static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The titles and the rows, one a line.
    var text: String {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[index] - cell.count)
                line += columns[index].isRight ? gap + cell : cell + gap
                if index < row.count - 1 { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// A length of time in its two largest units: `3m12s`.
    static func span(_ duration: Duration) -> String {
        let seconds = Int(max(0, duration.inSeconds))
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m\(seconds % 60)s" }
        if seconds < 86_400 { return "\(seconds / 3_600)h\(seconds / 60 % 60)m" }
        return "\(seconds / 86_400)d\(seconds / 3_600 % 24)h"
    }
}
