internal import EventTypes
internal import JSON

/// A message as the mail server of the sandbox took it.
struct CaughtMail: Sendable {
    /// The server's own name of it.
    let id: String
    /// The `Message-ID` of its header, which its sender gave it.
    let messageID: String?
    let receivedAt: Timestamp
    let recipients: [String]
    let subject: String
    let text: String
    /// All that is known of it.
    let json: JSONValue

    /// - Returns: nil for what is no message.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string,
            let receivedAt = json["received_at"]?.string.flatMap(Timestamp.init)
        else { return nil }
        self.id = id
        self.receivedAt = receivedAt
        messageID = Self.field("message-id", of: json)
        recipients = (json["to"]?.array ?? []).compactMap(\.string)
        subject = json["subject"]?.string ?? ""
        text = json["text"]?.string ?? ""
        self.json = json
    }

    /// A code of six digits that stands alone in the text, as those do that prove an address.
    var code: String? {
        text.split { !$0.isLetter && !$0.isNumber }
            .first { $0.utf8.count == 6 && $0.utf8.allSatisfy { (48...57).contains($0) } }
            .map(String.init)
    }

    private static func field(_ name: String, of json: JSONValue) -> String? {
        let fields = json["headers"]?.array ?? []
        return fields.first { $0["name"]?.string?.lowercased() == name }?["value"]?.string
    }
}
