/// What a server does with an upgraded connection.
public struct WebSocketHandler: Sendable {
    public var limits: WebSocketLimits
    /// The subprotocol agreed to; must be one that the client offered.
    public var subprotocol: String?
    /// Runs on the connection's loop. When it returns, the connection is closed with 1000, when it
    /// throws with 1011.
    public var run: @Sendable (WebSocketConnection) async throws -> Void

    public init(
        limits: WebSocketLimits = WebSocketLimits(), subprotocol: String? = nil,
        run: @escaping @Sendable (WebSocketConnection) async throws -> Void
    ) {
        self.limits = limits
        self.subprotocol = subprotocol
        self.run = run
    }
}
