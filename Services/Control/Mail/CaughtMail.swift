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
        guard let id = Self.text(json["id"]),
            let receivedAt = json["received_at"]?.string.flatMap(Timestamp.init)
        else { return nil }
        self.id = id
        self.receivedAt = receivedAt
        messageID = Self.field("Message-ID", of: json)
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

    private static func text(_ value: JSONValue?) -> String? {
        value?.string ?? value?.integer.map { String($0) }
    }

    /// A field of the header, whether it is listed or named.
    private static func field(_ name: String, of json: JSONValue) -> String? {
        if let value = json["message_id"]?.string { return value }
        let wanted = name.lowercased()
        if let members = json["headers"]?.object {
            return members.first { $0.name.lowercased() == wanted }?.value.string
        }
        let fields = json["headers"]?.array ?? []
        return fields.first { $0["name"]?.string?.lowercased() == wanted }?["value"]?.string
    }
}
