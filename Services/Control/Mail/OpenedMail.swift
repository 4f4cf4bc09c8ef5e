internal import EventTypes
internal import JSON

/// A message of the topic `emails` whose seals were opened.
struct OpenedMail: Sendable, Encodable {
    let messageID: EventID
    let requestedAt: Timestamp
    let userID: UserID
    let template: String
    /// Nil when the person was erased: nobody can read it any more.
    let recipient: String?
    let values: JSONValue

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case requestedAt = "requested_at"
        case userID = "user_id"
        case template, recipient, values
    }
}
