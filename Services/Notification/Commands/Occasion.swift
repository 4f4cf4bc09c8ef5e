internal import EventTypes

/// Something that a person is told of.
struct Occasion: Sendable, Hashable {
    let type: NotificationType
    let userID: UserID
    /// What its texts say; nothing personal.
    var values: [String: String] = [:]
    /// Where more is to be seen: a path of the platform's API.
    var actionURL: String?
}
