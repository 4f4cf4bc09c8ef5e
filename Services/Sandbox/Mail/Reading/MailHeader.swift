/// The fields at the start of a message or of a part, unfolded, as they were sent.
struct MailHeader: Equatable, Sendable {
    /// Further fields are left out.
    static let mostFields = 500

    struct Field: Equatable, Sendable {
        let name: String
        let value: String
    }

    private(set) var fields: [Field] = []

    /// Reads up to the first empty line. Lines that are no fields are skipped.
    ///
    /// - Returns: the header and where the body begins.
    static func split(_ bytes: ArraySlice<UInt8>) -> (MailHeader, body: ArraySlice<UInt8>) {
        var header = MailHeader()
        var lines = MailLines(bytes)
        var open: (name: String, value: [UInt8])?
        func close() {
            guard let (name, value) = open, header.fields.count < mostFields else { return }
            let text = String(decoding: value, as: UTF8.self)
            header.fields.append(Field(name: name, value: trimmed(text)))
        }
        while let line = lines.next() {
            if line.isEmpty { break }
            if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
                open?.value.append(contentsOf: line)
                continue
            }
            close()
            open = nil
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let isName = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            if isName { open = (name, Array(line[(colon + 1)...])) }
        }
        close()
        return (header, lines.rest)
    }

    /// The first field of that name, in any case.
    subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}

/// Goes through the lines of a text; they end with LF, a CR before it belongs to the end.
struct MailLines {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        rest = end == rest.endIndex ? rest[end...] : rest[(end + 1)...]
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}
