internal import EventTypes
internal import Glibc

/// The `Date` field of responses, made once a second. Confined to one loop.
struct DateField {
    private var second = 0
    private var line: [UInt8] = []

    /// The whole line with its CR LF.
    mutating func current() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            line = Array("Date: \(HTTPDate.text(Timestamp(seconds: Int64(now))))\r\n".utf8)
        }
        return line
    }
}
