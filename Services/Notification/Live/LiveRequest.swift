internal import EventTypes

/// What a client may send over `/ws`.
struct LiveRequest: Decodable, Sendable {
    enum Kind: String, Decodable, Sendable { case read, ping }

    let type: Kind
    let notificationID: NotificationID?

    enum CodingKeys: String, CodingKey {
        case type
        case notificationID = "notification_id"
    }
}
