public import EventTypes

/// Dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The date, its fraction of a second cut off.
    public static func text(_ time: Timestamp) -> String {
        let (year, month, day) = time.date
        let midnight = time.startOfDay.microseconds
        let seconds = Int((time.microseconds - midnight) / 1_000_000)
        let dayNumber = Int(midnight / 86_400_000_000) % 7
        let name = days[dayNumber < 0 ? dayNumber + 7 : dayNumber]
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { two($0) }
        let years = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return
            "\(name), \(two(day)) \(months[month - 1]) \(years) \(clock.joined(separator: ":")) GMT"
    }

    /// Reads the form above, the only one that is still sent; nil for anything else.
    public static func parse(_ text: some StringProtocol) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5] == "GMT", parts[0].count == 4, parts[0].last == ",",
            let day = number(parts[1], 2), let month = months.firstIndex(of: String(parts[2])),
            let year = number(parts[3], 4),
            let midnight = Timestamp(year: year, month: month + 1, day: day)
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], 2), hour < 24,
            let minute = number(clock[1], 2), minute < 60,
            let second = number(clock[2], 2), second < 61
        else { return nil }
        return midnight + .seconds(hour * 3_600 + minute * 60 + second)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

    private static func number(_ text: some StringProtocol, _ digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
