internal import EventTypes

/// A message as the JSON interface shows it.
struct MailView: Encodable {
    struct Field: Encodable {
        let name: String
        let value: String
    }

    struct Attachment: Encodable {
        let name: String
        let mediaType: String
        let bytes: Int

        enum CodingKeys: String, CodingKey {
            case name
            case mediaType = "media_type"
            case bytes
        }
    }

    let id: String
    /// Sender and recipients of the envelope, not those that the header claims.
    let from: String
    let to: [String]
    let subject: String
    let receivedAt: Timestamp
    let bytes: Int
    let text: String?
    let html: String?
    let headers: [Field]
    let attachments: [Attachment]

    enum CodingKeys: String, CodingKey {
        case id, from, to, subject
        case receivedAt = "received_at"
        case bytes, text, html, headers, attachments
    }

    init(_ mail: CaughtMail) {
        let content = MailContent(parsing: mail.text)
        id = mail.id
        from = mail.envelope.sender
        to = mail.envelope.recipients
        subject = content.subject
        receivedAt = mail.receivedAt
        bytes = mail.text.count
        text = content.text
        html = content.html
        headers = content.header.fields.map {
            Field(name: $0.name, value: EncodedWords.decode($0.value))
        }
        attachments = content.attachments.map {
            Attachment(name: $0.name, mediaType: $0.mediaType, bytes: $0.bytes)
        }
    }
}
