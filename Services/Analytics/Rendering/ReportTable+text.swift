internal import EventTypes

extension ReportTable.Cell {
    /// For people.
    var shown: String {
        switch self {
        case .text(let text): text
        case .count(let count): String(count)
        case .money(let money): money.description
        case .share(let points): "\(points / 100).\(points % 100 / 10) %"
        }
    }

    var isNumber: Bool {
        if case .text = self { false } else { true }
    }

    /// How long a bar is.
    var length: Int64 {
        switch self {
        case .text: 0
        case .count(let count): Int64(count)
        case .money(let money): money.minorUnits
        case .share(let points): Int64(points)
        }
    }
}

extension ReportTable {
    /// Columns aligned for a terminal: words to the left, numbers to the right.
    var text: String {
        let shown = rows.map { $0.map(\.shown) }
        let widths = columns.indices.map { column in
            shown.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        func line(_ cells: [String], isRight: (Int) -> Bool) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                text += (column == 0 ? "" : "  ") + (isRight(column) ? space + cell : cell + space)
            }
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        let rights = columns.indices.map { column in
            rows.first.map { $0[column].isNumber } ?? false
        }
        var text = "\(title)\n\n"
        text += line(columns.map(\.title)) { rights[$0] }
        text += line(widths.map { String(repeating: "─", count: $0) }) { _ in false }
        for row in shown { text += line(row) { rights[$0] } }
        if rows.isEmpty { text += "(nothing in this time)\n" }
        return text
    }

    /// RFC 4180: a header, CRLF line ends, amounts as two columns, decimal and currency.
    var csv: String {
        func quoted(_ field: String) -> String {
            // A leading formula sign would be run by a spreadsheet (OWASP, CSV injection).
            let isFormula = field.utf8.first.map("=+-@\t\r".utf8.contains) == true
            let safe = isFormula ? "'" + field : field
            // Byte by byte: a quote with a combining mark behind it is no `"` to a Character.
            guard safe.utf8.contains(where: ",\"\r\n".utf8.contains) else { return safe }
            let quote = UInt8(ascii: "\"")
            let doubled = safe.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
            return "\"\(String(decoding: doubled, as: UTF8.self))\""
        }
        let isMoney = columns.indices.map { column in
            rows.contains { if case .money = $0[column] { true } else { false } }
        }
        var lines = [
            columns.indices.flatMap { column in
                isMoney[column]
                    ? [columns[column].name, "\(columns[column].name)_currency"]
                    : [columns[column].name]
            }
        ]
        for row in rows {
            lines.append(
                row.flatMap { cell in
                    switch cell {
                    case .text(let text): [quoted(text)]
                    case .count(let count): [String(count)]
                    case .money(let money): [money.decimalText, money.currency.code]
                    case .share(let points): ["\(points / 100).\(points % 100 / 10)\(points % 10)"]
                    }
                })
        }
        return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
    }
}
