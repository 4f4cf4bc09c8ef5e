public import HTTP

/// How long the caller of a request still waits for its answer: after that nobody would read it.
///
/// It travels as `Souk-Timeout`, a time left rather than a time of day, so that no two clocks need
/// to agree. Calls to neighbours made for the request end with it.
public enum RequestDeadline {
    /// The header: whole milliseconds from 1.
    public static let field = "Souk-Timeout"
    /// The longest time that can be asked for, in milliseconds.
    public static let limit = 600_000

    /// The time that a request leaves; nil where it says nothing.
    ///
    /// - Throws: `Problem` 400 when it says something that is no time.
    public static func timeout(of request: HTTPRequest) throws -> Duration? {
        let values = request.headers.all(field)
        if values.isEmpty { return nil }
        guard values.count == 1, let milliseconds = Int(values[0]),
            (1...limit).contains(milliseconds), values[0].utf8.first != UInt8(ascii: "+")
        else {
            throw ProblemSlug.malformed.problem(
                "\(field) must be a whole number of milliseconds from 1 to \(limit).")
        }
        return .milliseconds(milliseconds)
    }

    /// How the header says a time left; at least one millisecond.
    public static func text(_ left: Duration) -> String {
        let (seconds, attoseconds) = left.components
        return "\(min(max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000), Int64(limit)))"
    }
}
