/// What a `Range` field asks for (RFC 9110 §14).
public enum ByteRange: Sendable, Equatable {
    /// The whole: no field, another unit, several ranges, or one that is not well formed.
    case whole
    case part(Range<Int>)
    /// Nothing of it exists: 416.
    case unsatisfiable

    /// Reads `bytes=0-499`, `bytes=500-` or `bytes=-200` for a content of `length` bytes.
    public init(_ field: String?, length: Int) {
        guard let field, let equals = field.firstIndex(of: "="),
            FieldSyntax.isEqual(FieldSyntax.trimmed(field[..<equals]), "bytes")
        else {
            self = .whole
            return
        }
        let set = FieldSyntax.trimmed(field[field.index(after: equals)...])
        let parts = set.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !set.contains(",") else {
            self = .whole
            return
        }
        self = Self.resolve(parts[0], parts[1], length)
    }

    private static func resolve(
        _ first: Substring, _ last: Substring, _ length: Int
    ) -> ByteRange {
        if first.isEmpty {
            guard let count = number(last) else { return .whole }
            if count == 0 || length == 0 { return .unsatisfiable }
            return .part(max(0, length - count)..<length)
        }
        guard let start = number(first) else { return .whole }
        guard let end = last.isEmpty ? .max : number(last), end >= start else { return .whole }
        if start >= length { return .unsatisfiable }
        return .part(start..<min(end, length - 1) + 1)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int(text)
    }
}
