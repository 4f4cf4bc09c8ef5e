internal import EventTypes

/// A message as RFC 5322 and RFC 2045 want it: headers, and the same thing said twice, as plain
/// text and as HTML.
struct MailText: Sendable {
    let messageID: EventID
    let from: Mailbox
    let to: MailAddress
    let date: Timestamp
    let letter: Letter

    var envelope: Envelope { Envelope(sender: from.address, recipient: to, text: bytes) }

    var bytes: [UInt8] {
        // No encoded text has `=_` in it, so this stands in no part.
        let boundary = "=_souk_\(messageID)"
        var headers = [
            "From: \(sender)",
            "To: <\(to.text)>",
            "Subject: \(HeaderText.encode(letter.subject, indent: 9))",
            "Date: \(Self.date(date))",
            // The same at every attempt, so that a reader's program knows a repeat.
            "Message-ID: <\(messageID)@\(from.address.domain)>",
            // RFC 3834: nobody's absence notes come back.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
        ].joined(separator: "\r\n")
        headers += "\r\n\r\n"
        var bytes = Array(headers.utf8)
        for (type, text) in [("plain", letter.text), ("html", letter.html)] {
            let head = """
                --\(boundary)\r
                Content-Type: text/\(type); charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r\n
                """
            bytes += Array(head.utf8)
            bytes += QuotedPrintable.encode(text)
        }
        bytes += Array("--\(boundary)--\r\n".utf8)
        return bytes
    }

    private var sender: String {
        if from.name.isEmpty { return "<\(from.address.text)>" }
        return "\(HeaderText.phrase(from.name, indent: 6))\r\n <\(from.address.text)>"
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sat, 31 Jan 2026 09:30:00 +0000`.
    static func date(_ time: Timestamp) -> String {
        let (year, month, day) = time.date
        let number = time.startOfDay.microseconds / 86_400_000_000
        let weekday = days[Int((number % 7 + 7) % 7)]
        let seconds = (time.microseconds - time.startOfDay.microseconds) / 1_000_000
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(weekday), \(day) \(months[month - 1]) \(year) \(clock) +0000"
    }
}
