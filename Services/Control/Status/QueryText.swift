/// What may be shown of a statement.
enum QueryText {
    /// The longest that is shown.
    static let limit = 120

    /// The statement on one line, cut, with `?` for every value that stands in it: values may be
    /// anybody's secrets.
    static func withoutValues(_ query: String) -> String {
        var text = ""
        var rest = Array(query.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "'" {
                skipQuoted(&rest)
                text += "?"
            } else if scalar == "$", let tag = dollarTag(rest) {
                skipDollarQuoted(tag, &rest)
                text += "?"
            } else if isDigit(scalar), !isName(text.unicodeScalars.last) {
                while let next = rest.first, isName(next) || next == "." { rest.removeFirst() }
                text += "?"
            } else if scalar.properties.isWhitespace {
                if text.last != " " { text += " " }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        text = text.hasPrefix(" ") ? String(text.dropFirst()) : text
        return text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }

    /// Past the closing quote; a doubled one, or one behind a backslash, is none.
    private static func skipQuoted(_ rest: inout ArraySlice<Unicode.Scalar>) {
        while let scalar = rest.popFirst() {
            if scalar == "\\" {
                rest = rest.dropFirst()
            } else if scalar == "'" {
                guard rest.first == "'" else { return }
                rest.removeFirst()
            }
        }
    }

    /// The name between the dollars that open a quoted text; nil for a placeholder as `$1`.
    private static func dollarTag(_ rest: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar]? {
        let tag = Array(rest.prefix { isName($0) && $0 != "$" })
        guard rest.dropFirst(tag.count).first == "$", tag.first.map(isDigit) != true else {
            return nil
        }
        return tag
    }

    private static func skipDollarQuoted(
        _ tag: [Unicode.Scalar], _ rest: inout ArraySlice<Unicode.Scalar>
    ) {
        let mark = ["$"] + tag + ["$"]
        rest = rest.dropFirst(tag.count + 1)
        while !rest.isEmpty, !rest.starts(with: mark) { rest = rest.dropFirst() }
        rest = rest.dropFirst(mark.count)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isName(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return scalar.properties.isAlphabetic || isDigit(scalar) || scalar == "_" || scalar == "$"
    }
}
