/// A point in time in UTC, exact to the microsecond as in PostgreSQL's `timestamptz`. In text and
/// JSON it is RFC 3339 with `Z`: `2026-01-31T09:30:00.250000Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(seconds: Int64) { self.init(microseconds: seconds * 1_000_000) }

    public static func < (left: Self, right: Self) -> Bool {
        left.microseconds < right.microseconds
    }

    public static func + (left: Self, right: Duration) -> Self {
        let (seconds, attoseconds) = right.components
        return Self(
            microseconds: left.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    public static func - (left: Self, right: Duration) -> Self { left + (Duration.zero - right) }

    /// How much later than `earlier` this is.
    public func since(_ earlier: Timestamp) -> Duration {
        .microseconds(microseconds - earlier.microseconds)
    }

    /// Midnight UTC at the start of a date of the proleptic Gregorian calendar; nil when there is
    /// no such date.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        self.init(seconds: Self.dayNumber(year, month, day) * 86_400)
    }

    /// The date in UTC.
    public var date: (year: Int, month: Int, day: Int) {
        Self.date(ofDay: Self.floorDivide(microseconds, 86_400_000_000))
    }

    /// Midnight UTC of the same day.
    public var startOfDay: Timestamp {
        Timestamp(microseconds: Self.floorDivide(microseconds, 86_400_000_000) * 86_400_000_000)
    }

    /// The date in UTC as `2026-01-31`.
    public var dateText: String {
        let (year, month, day) = date
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    // MARK: Calendar arithmetic (days of the civil calendar by counting from 0000-03-01)

    static func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let quotient = dividend / divisor
        return dividend % divisor < 0 ? quotient - 1 : quotient
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = Int(floorDivide(Int64(shifted), 400))
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    static func date(ofDay number: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = Int(shifted - era * 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp: LosslessStringConvertible {
    /// No text is longer.
    public static let longestCount = 40

    public var description: String {
        String(unsafeUninitializedCapacity: Self.longestCount) {
            write(to: UnsafeMutableRawBufferPointer($0))
        }
    }

    /// Writes the text at the beginning of a place that has room for `longestCount` bytes.
    ///
    /// - Returns: how many bytes it has, 27 for a year of four digits.
    public func write(to place: UnsafeMutableRawBufferPointer) -> Int {
        precondition(place.count >= Self.longestCount, "a time may have 40 characters")
        let day = Self.floorDivide(microseconds, 86_400_000_000)
        let ofDay = UInt64(microseconds - day * 86_400_000_000)
        let (year, month, number) = Self.date(ofDay: day)
        let (seconds, fraction) = (ofDay / 1_000_000, ofDay % 1_000_000)
        var at = 0
        func write(_ value: Int, _ width: Int, _ separator: Unicode.Scalar) {
            var rest = UInt64(value)
            for index in stride(from: at + width - 1, through: at, by: -1) {
                place[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                rest /= 10
            }
            place[at + width] = UInt8(ascii: separator)
            at += width + 1
        }
        if (0...9_999).contains(year) {
            write(year, 4, "-")
        } else {
            let text = Self.padded(year, 4)
            for byte in text.utf8 {
                place[at] = byte
                at += 1
            }
            place[at] = UInt8(ascii: "-")
            at += 1
        }
        write(month, 2, "-")
        write(number, 2, "T")
        write(Int(seconds / 3_600), 2, ":")
        write(Int(seconds / 60 % 60), 2, ":")
        write(Int(seconds % 60), 2, ".")
        write(Int(fraction), 6, "Z")
        return at
    }

    /// Reads RFC 3339 with any offset and up to nine digits of a second's fraction (those past
    /// microseconds are dropped), or a bare date, which means its midnight in UTC; within the years
    /// 1 to 9999 in UTC.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ Timestamp(utf8: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = value
    }

    /// Reads the same from its bytes.
    public init?(utf8 text: UnsafeRawBufferPointer) {
        var scanner = DigitScanner(text)
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2),
            scanner.take("-"), let day = scanner.digits(2),
            let midnight = Timestamp(year: year, month: month, day: day)
        else { return nil }
        if scanner.isAtEnd {
            self = midnight
            return
        }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.digits(2), hour < 24, scanner.take(":"),
            let minute = scanner.digits(2), minute < 60, scanner.take(":"),
            let second = scanner.digits(2), second < 61
        else { return nil }
        var fraction: Int64 = 0
        if scanner.take(".") {
            guard let value = scanner.microseconds() else { return nil }
            fraction = value
        }
        guard let offset = scanner.offsetSeconds(), scanner.isAtEnd else { return nil }
        let seconds = Int64(hour * 3_600 + minute * 60 + second - offset)
        self.init(microseconds: midnight.microseconds + seconds * 1_000_000 + fraction)
        // An offset, or a leap second, may lead out of the years that can be written.
        guard Self.readable.contains(self) else { return nil }
    }

    /// The years 1 to 9999 in UTC.
    private static let readable = newYear(1)..<newYear(10_000)

    private static func newYear(_ year: Int) -> Timestamp {
        Timestamp(seconds: dayNumber(year, 1, 1) * 86_400)
    }
}

/// Reads the fixed-width digits of RFC 3339.
private struct DigitScanner {
    private let text: UnsafeRawBufferPointer
    private var at = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { at == text.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    mutating func digit() -> Int? {
        guard at < text.count, text[at] &- 48 < 10 else { return nil }
        at += 1
        return Int(text[at - 1]) - 48
    }

    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func microseconds() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let digit = digit() {
            count += 1
            if count <= 6 { value = value * 10 + Int64(digit) }
        }
        guard (1...9).contains(count) else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours < 24, take(":"), let minutes = digits(2), minutes < 60
        else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a time of RFC 3339")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
