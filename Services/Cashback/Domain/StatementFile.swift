internal import EventTypes

/// Why a statement cannot be read at all.
enum StatementFault: Error, Hashable, Sendable {
    case notText
    case empty
    case tooManyRows(limit: Int)
    case columnMissing(String)
    case columnRepeated(String)
    /// Secrets have no place in a file that is kept.
    case secretColumn(String)
    /// A quoted field that never ends, or goes on after its closing quote.
    case quotes(row: Int)
}

/// A network's statement as comma-separated values (RFC 4180): names of fields, then sales.
struct StatementFile: Sendable {
    /// The most rows of one file: a whole file is one unit of work.
    static let rowLimit = 2_000
    static let columnLimit = 64

    /// One sale as it stands in the file.
    struct Line: Sendable, Equatable {
        /// From 1, the header not counted.
        let number: Int
        let values: [String]
        let raw: String
    }

    let columns: [String]
    let lines: [Line]

    init(_ bytes: [UInt8]) throws(StatementFault) {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .notText
        }
        var scanner = StatementScanner(text)
        guard let header = try scanner.next(0) else { throw .empty }
        columns = header.values
        var names: Set<String> = []
        for name in columns where !names.insert(name).inserted { throw .columnRepeated(name) }
        var lines: [Line] = []
        while let line = try scanner.next(lines.count + 1) {
            guard lines.count < Self.rowLimit else { throw .tooManyRows(limit: Self.rowLimit) }
            lines.append(line)
        }
        self.lines = lines
    }

    /// The sales that the rows state, or why a row states none.
    func rows(
        _ reader: PostbackReader, secretField: String?, receivedAt: Timestamp,
        click: (String) -> ClickID?
    ) throws(StatementFault) -> [StatementRow] {
        for name in [reader.mapping.actionID, reader.mapping.clickID, reader.mapping.amount]
        where !columns.contains(name) { throw .columnMissing(name) }
        if let secretField, columns.contains(secretField) { throw .secretColumn(secretField) }
        let version = reader.mapping.version.flatMap { columns.firstIndex(of: $0) }
        return lines.map { line in
            let content: Result<Postback, PostbackFault>
            do throws(PostbackFault) {
                guard line.values.count == columns.count else {
                    throw PostbackFault(
                        field: "",
                        message: "has \(line.values.count) fields instead of \(columns.count)")
                }
                content = .success(
                    try reader.read(
                        zip(columns, line.values).map { (name: $0.0, value: $0.1) },
                        source: .statement, raw: line.raw, receivedAt: receivedAt, click: click))
            } catch {
                content = .failure(error)
            }
            let given = version.flatMap { line.values.indices.contains($0) ? line.values[$0] : nil }
            return StatementRow(
                line: line.number, content: content, hasVersion: given?.isEmpty == false)
        }
    }
}

/// Goes through the records of a text one by one; blank lines are passed over.
private struct StatementScanner {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        rest = text[...].unicodeScalars
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
    }

    mutating func next(_ number: Int) throws(StatementFault) -> StatementFile.Line? {
        while rest.first == "\n" || rest.first == "\r" { rest.removeFirst() }
        if rest.isEmpty { return nil }
        let start = rest
        var values: [String] = []
        while true {
            values.append(try field(number))
            guard rest.first == "," else { break }
            rest.removeFirst()
            if values.count > StatementFile.columnLimit { throw .quotes(row: number) }
        }
        let raw = String(start[start.startIndex..<rest.startIndex])
        return StatementFile.Line(number: number, values: values, raw: raw)
    }

    private mutating func field(_ number: Int) throws(StatementFault) -> String {
        guard rest.first == "\"" else {
            let end = rest.firstIndex { $0 == "," || $0 == "\n" || $0 == "\r" } ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(rest[..<end])
        }
        rest.removeFirst()
        var value = String.UnicodeScalarView()
        while let scalar = rest.first {
            rest.removeFirst()
            guard scalar == "\"" else {
                value.append(scalar)
                continue
            }
            if rest.first == "\"" {
                value.append(scalar)
                rest.removeFirst()
                continue
            }
            guard rest.isEmpty || rest.first == "," || rest.first == "\n" || rest.first == "\r"
            else { break }
            return String(value)
        }
        throw .quotes(row: number)
    }
}
