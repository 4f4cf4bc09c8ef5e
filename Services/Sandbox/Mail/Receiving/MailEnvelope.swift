/// Whom a message is from and to, as the client said it with MAIL and RCPT.
struct MailEnvelope: Equatable, Sendable {
    /// Empty for notices that must not be answered.
    var sender: String
    var recipients: [String] = []
    /// Whether addresses and header may be in UTF-8 (SMTPUTF8, RFC 6531).
    var isUTF8 = false
}
