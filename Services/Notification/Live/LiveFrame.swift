internal import EventTypes

/// What a connected person is told, over `/ws` or by polling.
struct LiveFrame: Codable, Sendable, Equatable {
    enum Kind: String, Codable, CaseIterable, Sendable {
        /// The first frame: everything after `cursor` follows.
        case hello
        /// There is a new notification.
        case notification
        /// A notification was read, on this device or on another.
        case read
        /// A notification was removed.
        case removed
        /// Too much was missed: load the list anew and go on from `cursor`.
        case reset
        /// The answer to `ping`.
        case pong
        /// A message of the client's could not be followed.
        case error
    }

    let type: Kind
    /// Where to resume once this frame was seen.
    var cursor: LiveCursor?
    var unread: Int64?
    var heartbeatSeconds: Int?
    var notification: NotificationView?
    var notificationID: NotificationID?
    var readAt: Timestamp?
    /// Why, as the name of a problem.
    var problem: String?

    enum CodingKeys: String, CodingKey {
        case type, cursor, unread
        case heartbeatSeconds = "heartbeat_seconds"
        case notification
        case notificationID = "notification_id"
        case readAt = "read_at"
        case problem
    }

    static func hello(_ position: Int64, unread: Int64, heartbeat: Int) -> LiveFrame {
        LiveFrame(
            type: .hello, cursor: LiveCursor(position), unread: unread,
            heartbeatSeconds: heartbeat)
    }

    static func notification(_ view: NotificationView, at position: Int64) -> LiveFrame {
        LiveFrame(type: .notification, cursor: LiveCursor(position), notification: view)
    }

    static func read(_ id: NotificationID, _ time: Timestamp?, at position: Int64) -> LiveFrame {
        LiveFrame(
            type: .read, cursor: LiveCursor(position), notificationID: id, readAt: time)
    }

    static func removed(_ id: NotificationID, at position: Int64) -> LiveFrame {
        LiveFrame(type: .removed, cursor: LiveCursor(position), notificationID: id)
    }

    static func reset(_ position: Int64) -> LiveFrame {
        LiveFrame(type: .reset, cursor: LiveCursor(position))
    }

    static let pong = LiveFrame(type: .pong)

    static func error(_ problem: String, _ id: NotificationID?) -> LiveFrame {
        LiveFrame(type: .error, notificationID: id, problem: problem)
    }
}
