internal import EventTypes
internal import JSON

extension ReportTable {
    /// A document with an object for each row, named as the columns are.
    func json(_ kind: ReportKind, _ window: ReportWindow) -> JSONValue {
        var document: JSONObject = [
            "report": .string(kind.rawValue), "title": .string(title),
            "from": window.from.map { .string($0.description) } ?? .null,
            "to": window.to.map { .string($0.description) } ?? .null,
        ]
        document["columns"] = .array(
            columns.map { ["name": .string($0.name), "title": .string($0.title)] })
        document["rows"] = .array(
            rows.map { row in
                var object = JSONObject()
                for (column, cell) in zip(columns, row) { object[column.name] = cell.json }
                return .object(object)
            })
        return .object(document)
    }
}

extension ReportTable.Cell {
    /// Amounts as whole minor units with their currency; shares in hundredths of a percent.
    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .count(let count): .integer(Int64(count))
        case .money(let money):
            [
                "amount_minor": .integer(money.minorUnits),
                "currency": .string(money.currency.code),
            ]
        case .share(let points): ["basis_points": .integer(Int64(points))]
        }
    }
}
