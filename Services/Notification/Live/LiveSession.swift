internal import EventTypes
internal import Runtime

/// Who connects, and how.
struct LiveSession: Sendable {
    /// The longest that messages may be gathered for.
    static let longestPause = 10_000

    let userID: UserID
    /// When the token ends that the connection was made with.
    let expiresAt: Timestamp?
    /// The last cursor that was seen; nil for a beginning.
    let cursor: LiveCursor?
    /// How long new messages are gathered before they are sent.
    let pause: Duration
}
