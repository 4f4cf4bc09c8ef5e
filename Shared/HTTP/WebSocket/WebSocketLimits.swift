/// What one WebSocket may send and how it is kept alive.
public struct WebSocketLimits: Sendable {
    /// One frame's payload; more: closed with 1009.
    public var frameBytes = 1 << 20
    /// One message of all its fragments; more: closed with 1009.
    public var messageBytes = 1 << 20
    /// Frames of one message; more: closed with 1009.
    public var fragments = 1_024
    /// Received messages not yet taken, then the socket is not read.
    public var unread = 16
    /// Unsent bytes held before `send` waits.
    public var writeWindow = 65_536
    /// Silence after which a ping is sent; the same time again without anything: closed with 1006.
    public var pingAfter: Duration = .seconds(30)
    /// How long the peer has to answer a ping, by anything; as long as `pingAfter` where it is nil.
    public var pongWithin: Duration?
    /// What a peer that answers no ping is told, should it still listen; cut without a word where
    /// it is nil.
    public var silenceCode: WebSocketCloseCode?
    /// Frames of any kind that the peer may send in a minute, all at once or evenly; more: closed
    /// with `excessCode`. Unlimited where it is nil.
    public var framesPerMinute: Int?
    public var excessCode = WebSocketCloseCode.policyViolation
    /// How long the peer has to answer a close.
    public var closeTimeout: Duration = .seconds(5)

    public init() {}
}
