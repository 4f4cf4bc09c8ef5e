internal import HTTP

/// What a client offers who asks for a WebSocket, as the service gets to see it.
struct SocketOffer: Sendable {
    /// How browsers, which cannot set fields, send their access token: `bearer.<jwt>` among the
    /// subprotocols.
    static let tokenPrefix = "bearer."

    let subprotocols: [String]
    /// What the service may send.
    let limits: WebSocketLimits
    /// The request with the token in its usual place, and nowhere else.
    let request: HTTPRequest

    /// Nil for a request whose handshake is none.
    init?(_ request: HTTPRequest, limits: WebSocketLimits) {
        guard let handshake = WebSocketHandshake(request) else { return nil }
        let tokens = handshake.subprotocols.filter { $0.hasPrefix(Self.tokenPrefix) }
        guard tokens.count <= 1 else { return nil }
        subprotocols = handshake.subprotocols.filter { !$0.hasPrefix(Self.tokenPrefix) }
        self.limits = limits
        var request = request
        if let token = tokens.first, !request.headers.contains("Authorization") {
            request.headers.set(
                "Authorization", "Bearer \(token.dropFirst(Self.tokenPrefix.count))")
        }
        self.request = request
    }
}
