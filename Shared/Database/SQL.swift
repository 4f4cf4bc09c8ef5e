/// A statement with its bound values, written as a string: `"select * from t where id = \(id)"`.
///
/// `\(value)` binds a parameter and never becomes text of the statement; `\(other)` with another
/// `SQL` joins it in, its parameters included; `\(identifier: name)` quotes a name;
/// `\(unsafe: text)` inserts text as it is and must never come from outside.
public struct SQL: Sendable {
    /// The text with `$1`, `$2`, … where values are bound.
    public private(set) var text: String
    private(set) var parameters = SQLParameters()
    /// Where in `text` (bytes of UTF-8) each placeholder stands.
    private var marks: [Int] = []

    /// A statement without values. The text must never come from outside.
    public init(unsafe text: String) { self.text = text }

    /// A statement whose text is made already: the values stand in for its placeholders in order.
    public init(_ template: Template, _ bind: (inout Values) -> Void) {
        var values = Values()
        values.parameters.entries.reserveCapacity(template.marks.count)
        values.parameters.bytes.reserveCapacity(template.marks.count * 24)
        bind(&values)
        precondition(
            values.parameters.entries.count == template.marks.count,
            "a value for every placeholder")
        text = template.text
        marks = template.marks
        parameters = values.parameters
    }

    init(capacity: Int, values: Int) {
        text = ""
        text.reserveCapacity(capacity + values * 3)
        if values > 0 {
            parameters.entries.reserveCapacity(values)
            parameters.bytes.reserveCapacity(values * 16)
            marks.reserveCapacity(values)
        }
    }

    mutating func append(text more: String) { text += more }

    mutating func append(value: some SQLEncodable) {
        parameters.append(value: value)
        mark()
    }

    private mutating func mark() {
        marks.append(text.utf8.count)
        text += "$"
        text += String(marks.count)
    }

    /// Joins `other` on, its placeholders renumbered.
    public mutating func append(_ other: SQL) {
        if other.marks.isEmpty && other.parameters.fault == nil {
            text += other.text
            return
        }
        let base = marks.count
        var moved = 0
        let renumbered = other.replacingPlaceholders { number in
            let old = 1 + String(number + 1).utf8.count
            let new = "$\(base + number + 1)"
            marks.append(text.utf8.count + other.marks[number] + moved)
            moved += new.utf8.count - old
            return new
        }
        text += renumbered
        parameters.append(other.parameters)
    }

    /// The text with `replacement(number)`, from 0, in the place of each placeholder.
    func replacingPlaceholders(
        _ replacement: (Int) throws -> String
    ) rethrows -> String {
        var result = ""
        var rest = text.utf8[...]
        for (number, mark) in marks.enumerated() {
            let start = text.utf8.index(text.startIndex, offsetBy: mark)
            result += String(Substring(rest[..<start]))
            result += try replacement(number)
            rest = rest[start...].dropFirst(1 + String(number + 1).utf8.count)
        }
        return result + String(Substring(rest))
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    public static func += (left: inout SQL, right: SQL) { left.append(right) }

    /// Quotes a name for SQL (a table, a column, a schema): `"so""me"`.
    public static func identifier(_ name: String) -> SQL {
        var quoted = "\""
        for character in name.unicodeScalars {
            if character == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(character)
        }
        var sql = SQL(unsafe: quoted + "\"")
        if name.isEmpty || name.utf8.contains(0) {
            sql.parameters.fault = "An identifier is empty or has a NUL in it."
        }
        return sql
    }
}

extension SQL {
    /// The text of a statement that is sent often, with placeholders for its values.
    public struct Template: Sendable {
        let text: String
        let marks: [Int]

        /// - Parameters:
        ///   - prefix: what stands before the values; never from outside.
        ///   - values: how many there are, separated by commas.
        ///   - suffix: what stands behind them.
        public init(_ prefix: String, values: Int, _ suffix: String) {
            var sql = SQL(capacity: prefix.utf8.count + values * 4, values: values)
            sql.append(text: prefix)
            for number in 0..<values {
                if number > 0 { sql.append(text: ", ") }
                sql.mark()
            }
            sql.append(text: suffix)
            text = sql.text
            marks = sql.marks
        }
    }

    /// The values of a statement made of a template.
    public struct Values {
        fileprivate var parameters = SQLParameters()

        /// The value of the next placeholder.
        public mutating func bind(_ value: some SQLEncodable) { parameters.append(value: value) }
    }
}

extension Sequence<SQL> {
    /// Joins the statements' texts and values, `separator` between them.
    public func joined(separator: SQL = ", ") -> SQL {
        var sum: SQL = ""
        var isFirst = true
        for element in self {
            if !isFirst { sum.append(separator) }
            isFirst = false
            sum.append(element)
        }
        return sum
    }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { self.init(unsafe: text) }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    public struct StringInterpolation: StringInterpolationProtocol {
        var sql: SQL

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql = SQL(capacity: literalCapacity, values: interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { sql.append(text: literal) }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some SQLEncodable) {
            sql.append(value: value)
        }

        /// Binds a value, or NULL.
        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) {
            sql.append(value: value)
        }

        /// Joins another statement in.
        public mutating func appendInterpolation(_ other: SQL) { sql.append(other) }

        /// Inserts a quoted name.
        public mutating func appendInterpolation(identifier name: String) {
            sql.append(SQL.identifier(name))
        }

        /// Inserts text as it is; never text from outside.
        public mutating func appendInterpolation(unsafe text: String) { sql.append(text: text) }
    }
}

extension SQL: CustomStringConvertible {
    /// The text with placeholders; the values never show.
    public var description: String { text }
}
