extension ConfigurationKey where Value == String {
    /// Any text that is not empty.
    public static func string(
        _ name: String, default defaultValue: String? = nil, help: String, isSecret: Bool = false
    ) -> Self {
        Self(name, default: defaultValue, help: help, isSecret: isSecret) { $0 }
    }

    /// A URL of one of `schemes` with a host, such as `http://127.0.0.1:8080`. A path, a query and
    /// credentials may follow; a trailing slash is dropped.
    public static func url(
        _ name: String, schemes: [String] = ["http", "https"], default defaultValue: String? = nil,
        help: String, isSecret: Bool = false
    ) -> Self {
        Self(name, default: defaultValue, help: help, isSecret: isSecret) { text in
            let phrase = schemes.map { "\($0)://" }.joined(separator: " or ")
            guard let scheme = schemes.first(where: { text.hasPrefix("\($0)://") }) else {
                throw Expectation("a URL that begins with \(phrase)")
            }
            let rest = text.utf8.dropFirst(scheme.utf8.count + 3)
            guard let first = rest.first, first != UInt8(ascii: "/"),
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw Expectation("a URL with a host, without blanks") }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }
}

extension ConfigurationKey where Value == Int {
    /// A whole number within `range`.
    public static func integer(
        _ name: String, in range: ClosedRange<Int>, default defaultValue: Int? = nil, help: String
    ) -> Self {
        Self(name, default: defaultValue, help: help) { text in
            guard let number = Int(text), range.contains(number) else {
                throw Expectation(
                    "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// A TCP port; 0 lets the system choose.
    public static func port(_ name: String, default defaultValue: Int? = nil, help: String)
        -> Self
    {
        integer(name, in: 0...65_535, default: defaultValue, help: help)
    }
}

extension ConfigurationKey where Value == Double {
    /// A decimal number within `range`.
    public static func number(
        _ name: String, in range: ClosedRange<Double>, default defaultValue: Double? = nil,
        help: String
    ) -> Self {
        Self(name, default: defaultValue, help: help) { text in
            guard let number = Double(text), range.contains(number) else {
                throw Expectation("a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension ConfigurationKey where Value == Bool {
    /// `true` or `false`; `yes`, `no`, `on`, `off`, `1` and `0` are understood too.
    public static func flag(_ name: String, default defaultValue: Bool? = nil, help: String)
        -> Self
    {
        Self(name, default: defaultValue, help: help) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: throw Expectation("true or false")
            }
        }
    }
}

extension ConfigurationKey where Value == Duration {
    /// A length of time with its unit, such as `250ms`, `5s`, `2m`, `1h` or `7d`.
    public static func duration(
        _ name: String, in range: ClosedRange<Duration> = .zero ... .seconds(365 * 86_400),
        default defaultValue: Duration? = nil, help: String
    ) -> Self {
        let show: @Sendable (Duration) -> String = { DurationText.text($0) }
        return Self(name, default: defaultValue, help: help, show: show) { text in
            guard let duration = DurationText.value(text) else {
                throw Expectation("a length of time such as 250ms, 5s, 2m, 1h or 7d")
            }
            guard range.contains(duration) else {
                throw Expectation(
                    "a length of time from \(show(range.lowerBound)) to \(show(range.upperBound))")
            }
            return duration
        }
    }
}

extension ConfigurationKey where Value == [String] {
    /// Texts between commas; blanks around them and empty ones are dropped.
    public static func list(_ name: String, default defaultValue: [String]? = nil, help: String)
        -> Self
    {
        Self(
            name, default: defaultValue, help: help, show: { $0.joined(separator: ",") }
        ) { text in
            text.split(separator: ",").map { item in
                let tail = item.drop { $0.isWhitespace }
                return String(tail.reversed().drop { $0.isWhitespace }.reversed())
            }.filter { !$0.isEmpty }
        }
    }
}

extension ConfigurationKey
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words of `Value`.
    public static func choice(_ name: String, default defaultValue: Value? = nil, help: String)
        -> Self
    {
        Self(name, default: defaultValue, help: help, show: { $0.rawValue }) { text in
            guard let value = Value(rawValue: text.lowercased()) else {
                let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
                throw Expectation("one of \(words)")
            }
            return value
        }
    }
}

/// Lengths of time as people write them: a whole number and a unit.
enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    static func value(_ text: String) -> Duration? {
        for unit in units where text.hasSuffix(unit.suffix) {
            let digits = text.dropLast(unit.suffix.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let count = Int64(digits)
            else { continue }
            let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
            return overflow ? nil : .milliseconds(milliseconds)
        }
        return nil
    }

    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.inMilliseconds
        let fitting = units.last { milliseconds % $0.milliseconds == 0 } ?? units[0]
        if milliseconds == 0 { return "0s" }
        return "\(milliseconds / fitting.milliseconds)\(fitting.suffix)"
    }
}
