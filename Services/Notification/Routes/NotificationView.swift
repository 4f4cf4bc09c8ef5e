internal import Database
internal import EventTypes

/// A notification as its recipient sees it, in lists and live.
struct NotificationView: Codable, Sendable, Equatable {
    let id: NotificationID
    let type: NotificationType
    let title: String
    let content: String
    let actionURL: String?
    let isRead: Bool
    let createdAt: Timestamp
    let readAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id, type, title, content
        case actionURL = "action_url"
        case isRead = "is_read"
        case createdAt = "created_at"
        case readAt = "read_at"
    }

    /// - Parameter row: of the table `notification`.
    init(_ row: Row) throws {
        id = try row.get("notification_id")
        type = NotificationType(rawValue: try row.get("type")) ?? .welcome
        title = try row.get("title")
        content = try row.get("content")
        actionURL = try row.get("action_url")
        createdAt = try row.get("created_at")
        readAt = try row.get("read_at")
        isRead = readAt != nil
    }

    /// - Returns: nil when there is none, or none any more.
    init?(_ state: Notification.State) {
        guard let fact = state.raised, !state.isRemoved else { return nil }
        id = fact.notificationID
        type = fact.type
        title = fact.title
        content = fact.content
        actionURL = fact.actionURL
        createdAt = fact.raisedAt
        readAt = state.readAt
        isRead = state.readAt != nil
    }
}
