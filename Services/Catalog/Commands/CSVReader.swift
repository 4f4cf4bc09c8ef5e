/// Reads records of RFC 4180 from chunks of bytes as they arrive: quoted fields may hold commas,
/// line breaks and doubled quotes; lines end with CRLF or LF; blank lines are passed over.
struct CSVReader {
    /// The most bytes of one record and the most fields in it.
    static let recordLimit = 32_768
    static let fieldLimit = 64

    /// One record, by the line that it begins on.
    struct Record: Equatable {
        let line: Int
        let content: Content
    }

    /// What is in a record, or why it cannot be told.
    enum Content: Equatable {
        case fields([String])
        case fault(String)
    }

    private enum Mode { case fieldStart, plain, quoted, afterQuote }

    private var mode = Mode.fieldStart
    private var fields: [String] = []
    private var field: [UInt8] = []
    private var byteCount = 0
    private var line = 1
    private var firstLine = 1
    private var fault: String?
    private var isFirstByte = true
    private var mark: [UInt8] = []

    /// The records that end within `bytes`.
    mutating func read(_ bytes: [UInt8]) -> [Record] {
        var records: [Record] = []
        for byte in bytes {
            if let record = take(byte) { records.append(record) }
        }
        return records
    }

    /// The last record where no line break ends it.
    mutating func finish() -> Record? {
        if mode == .quoted { fault = fault ?? "A quoted field does not end." }
        if byteCount == 0 && fields.isEmpty { return nil }
        return endRecord()
    }

    private mutating func take(_ byte: UInt8) -> Record? {
        if isFirstByte, skipsByteOrderMark(byte) { return nil }
        if byte == UInt8(ascii: "\n") {
            line += 1
            if mode != .quoted { return endRecord() }
        }
        byteCount += 1
        guard byteCount <= Self.recordLimit else {
            fault = fault ?? "The row has more than \(Self.recordLimit) bytes."
            skim(byte)
            return nil
        }
        switch mode {
        case .fieldStart where byte == UInt8(ascii: "\""): mode = .quoted
        case .quoted:
            if byte == UInt8(ascii: "\"") { mode = .afterQuote } else { field.append(byte) }
        case .afterQuote where byte == UInt8(ascii: "\""):
            field.append(byte)
            mode = .quoted
        case .fieldStart, .plain, .afterQuote: takeOutside(byte)
        }
        return nil
    }

    private mutating func takeOutside(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: ","): endField()
        case UInt8(ascii: "\r"): if mode != .afterQuote { field.append(byte) }
        default:
            if mode == .afterQuote { fault = fault ?? "Text follows the end of a quoted field." }
            if byte == UInt8(ascii: "\"") {
                fault = fault ?? "A quote stands inside a field that is not quoted."
            }
            field.append(byte)
            mode = .plain
        }
    }

    /// Goes on in a record that is too long, only to find its end.
    private mutating func skim(_ byte: UInt8) {
        guard byte == UInt8(ascii: "\"") else {
            if mode == .afterQuote { mode = .plain }
            return
        }
        mode = mode == .quoted ? .afterQuote : mode == .afterQuote ? .quoted : mode
    }

    private mutating func skipsByteOrderMark(_ byte: UInt8) -> Bool {
        let wanted: [UInt8] = [0xEF, 0xBB, 0xBF]
        if mark.count < wanted.count, byte == wanted[mark.count] {
            mark.append(byte)
            if mark.count == wanted.count { isFirstByte = false }
            return true
        }
        isFirstByte = false
        if !mark.isEmpty { fault = "The text is not UTF-8." }
        return false
    }

    private mutating func endField() {
        if fields.count == Self.fieldLimit {
            fault = fault ?? "The row has more than \(Self.fieldLimit) fields."
        } else if let text = String(validating: field, as: UTF8.self) {
            fields.append(text)
        } else {
            fault = fault ?? "The text is not UTF-8."
        }
        field.removeAll(keepingCapacity: true)
        mode = .fieldStart
    }

    private mutating func endRecord() -> Record? {
        if field.last == UInt8(ascii: "\r"), mode == .plain || mode == .fieldStart {
            field.removeLast()
        }
        let isBlank = fields.isEmpty && field.isEmpty && mode == .fieldStart && fault == nil
        endField()
        let record = Record(line: firstLine, content: fault.map(Content.fault) ?? .fields(fields))
        fields.removeAll()
        fault = nil
        byteCount = 0
        firstLine = line
        return isBlank ? nil : record
    }
}
