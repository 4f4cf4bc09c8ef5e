import EventTypes

@testable import CashbackService
@testable import CatalogService

/// Tables of products, and statements of networks.
enum CSVTarget {
    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let whole = records(in: [input[...]])
        for pieces in Pieces.ways(of: input).dropFirst() {
            try BrokenPromise.check(
                records(in: pieces) == whole, "rows are read alike however their bytes are cut")
        }
        try check(whole)
        readProducts(whole)
        readStatement(input)
    }

    private static let quote = UInt8(ascii: "\"")

    private static func records(in pieces: [ArraySlice<UInt8>]) -> [CSVReader.Record] {
        var reader = CSVReader()
        var records: [CSVReader.Record] = []
        for piece in pieces { records += reader.read(Array(piece)) }
        if let last = reader.finish() { records.append(last) }
        return records
    }

    private static func check(_ records: [CSVReader.Record]) throws(BrokenPromise) {
        for record in records {
            guard case .fields(let fields) = record.content else { continue }
            try BrokenPromise.check(
                !fields.isEmpty && fields.count <= CSVReader.fieldLimit, "rows have fields")
            let row = fields.map { field in
                let doubled = field.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
                return [quote] + doubled + [quote]
            }
            let again = Self.records(in: [ArraySlice(row.joined(separator: [0x2C]) + [0x0A])])
            try BrokenPromise.check(
                again.map(\.content) == [.fields(fields)], "rows read the same once written out")
        }
        try BrokenPromise.check(
            zip(records, records.dropFirst()).allSatisfy { $0.line < $1.line }, "lines rise")
    }

    private static func readProducts(_ records: [CSVReader.Record]) {
        var columns: ImportColumns?
        for record in records {
            guard case .fields(let fields) = record.content else { continue }
            if let columns {
                _ = try? columns.product(of: fields)
            } else {
                columns = try? ImportColumns(fields, merchantID: MerchantID(high: 1, low: 2))
            }
        }
    }

    private static func readStatement(_ input: [UInt8]) {
        guard let file = try? StatementFile(input) else { return }
        let reader = PostbackReader(network: "net", mapping: .plain)
        let rows = try? file.rows(
            reader, secretField: "token", receivedAt: Timestamp(microseconds: 0),
            click: { _ in ClickID(high: 3, low: 4) })
        if let rows { _ = Reconciliation(rows: rows, known: [:], expected: ["a"]) }
    }
}
