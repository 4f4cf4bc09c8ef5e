public struct EmailRequested: PublishedEvent {
    public static let eventType = EventType("emails.message_requested")
    public static let summary =
        "A message is to be sent by e-mail, once for each message identifier."
    /// The same for every repeat of the same message.
    public let messageID: EventID
    public let userID: UserID
    /// Which text to send; templates belong to notification.
    public let template: String
    /// The address, sealed for stream `email-<message_id>`, version 1, field `recipient`.
    public let recipient: SealedText
    /// A JSON object of the template's values, sealed likewise with field `values`.
    public let values: SealedText

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case userID = "user_id"
        case template
        case recipient
        case values
    }

    public init(
        messageID: EventID, userID: UserID, template: String, recipient: SealedText,
        values: SealedText
    ) {
        self.messageID = messageID
        self.userID = userID
        self.template = template
        self.recipient = recipient
        self.values = values
    }

    public static let example = Self(
        messageID: .example(13), userID: .example(1), template: "email_verification",
        recipient: SealedText(subject: .example(1), box: "q83vEjRWeJA"),
        values: SealedText(subject: .example(1), box: "q83vEjRWeJA"))
}
