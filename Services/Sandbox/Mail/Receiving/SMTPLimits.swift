/// What one client of the mail server may do, and how many there may be.
struct SMTPLimits: Sendable {
    var connections = 100
    /// A command with its CRLF: RFC 5321 §4.5.3.1.4 and room for the extensions.
    var commandBytes = 2_048
    /// A line of a message with its CRLF (§4.5.3.1.6).
    var lineBytes = 1_000
    var messageBytes = 10 << 20
    var recipients = 100
    /// Commands that are wrong, then the client is sent away.
    var mistakes = 20
    /// Silence, then the client is sent away.
    var idle: Duration = .seconds(300)
    /// A whole connection.
    var session: Duration = .seconds(1_800)
    /// Answers that a client may leave unread before it is not read any more, in bytes.
    var unsentBytes = 65_536

    init() {}
}
