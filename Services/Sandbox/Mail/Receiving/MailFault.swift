/// How the mail server misbehaves when it is asked to.
///
/// A recipient asks for it with a tag (`ann+defer@example.com`); `PUT /mail/faults` plans it for
/// whoever comes next.
enum MailFault: String, CaseIterable, Codable, Sendable {
    /// The connection is turned away: 421.
    case busy
    /// The recipient is refused for good: 550.
    case reject
    /// The recipient is refused for now: 451.
    case `defer`
    /// The whole message is refused for good, after it was sent: 554.
    case rejectData = "reject-data"
    /// The whole message is refused for now, after it was sent: 451.
    case deferData = "defer-data"
    /// The connection breaks before the message is taken.
    case drop
    /// The message is taken, but the connection breaks before that is said.
    case lose
    /// The answer to the message takes some seconds.
    case slow

    /// When it strikes.
    enum Moment { case greeting, recipient, message }

    var moment: Moment {
        switch self {
        case .busy: .greeting
        case .reject, .defer: .recipient
        case .rejectData, .deferData, .drop, .lose, .slow: .message
        }
    }

    /// How long `slow` takes.
    static let delay: Duration = .seconds(3)

    /// What a recipient's tags ask for at `moment`.
    static func asked(by recipient: String, at moment: Moment) -> MailFault? {
        guard let at = recipient.lastIndex(of: "@") else { return nil }
        for tag in recipient[..<at].split(separator: "+").dropFirst() {
            if let fault = MailFault(rawValue: tag.lowercased()), fault.moment == moment {
                return fault
            }
        }
        return nil
    }
}
