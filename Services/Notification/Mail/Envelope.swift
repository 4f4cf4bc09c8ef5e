/// A message with the addresses that the mail server is told.
struct Envelope: Sendable {
    let sender: String
    let recipient: String
    /// RFC 5322, with CRLF at the ends of lines.
    let text: [UInt8]

    init(sender: MailAddress, recipient: MailAddress, text: [UInt8]) {
        self.sender = sender.text
        self.recipient = recipient.text
        self.text = text
    }
}
