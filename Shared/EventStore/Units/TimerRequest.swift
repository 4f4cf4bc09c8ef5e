public import EventTypes

/// Something to be done at a time. There is one timer for each kind and key: a second request moves
/// it.
public struct TimerRequest: Sendable, Hashable {
    public let kind: String
    public let key: String
    /// Nil for at once, by the database's clock: no later where the clock of whoever asks is ahead.
    public let due: Timestamp?
    /// JSON in UTF-8 for whoever handles it.
    public let payload: [UInt8]

    public init(kind: String, key: String, due: Timestamp?, payload: [UInt8] = Array("{}".utf8)) {
        self.kind = kind
        self.key = key
        self.due = due
        self.payload = payload
    }
}
