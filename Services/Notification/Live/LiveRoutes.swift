internal import HTTP
internal import Runtime
internal import ServiceKit

/// The ways to hear of something at once.
enum LiveRoutes {
    static let subprotocol = "souk.v1"

    static let upgradeRequired = ProblemSlug(
        "upgrade-required", 426, "This is a WebSocket")

    static func table(_ context: ServiceContext, _ hub: LiveHub) -> RouteTable {
        var routes = RouteTable(tag: "live")
        routes.raw(
            .get, "/ws", "Hear of things as they happen", id: "connectLive", access: .signedIn,
            parameters: [
                .query(
                    "after", LiveCursor.self, "The last cursor seen; what was missed comes first."),
                .query(
                    "throttle_ms", in: 0...LiveSession.longestPause,
                    "For slow networks: new frames are gathered for so long before they are sent."),
            ],
            success: 101, problems: [upgradeRequired],
            description: """
                A WebSocket (RFC 6455). Browsers, which cannot send `Authorization` with it, offer \
                the subprotocols `souk.v1` and `bearer.<access token>`. The frames are those of \
                `GET /api/v1/notifications/live`; `{"type":"read","notification_id":…}` and \
                `{"type":"ping"}` may be sent. Close codes: 4401 the token has expired, 4408 no \
                answer to a ping, 4429 more than 100 frames a minute, 1013 come back later and \
                resume with `after`, 1001 the server goes away.
                """
        ) { call in
            let identity = try call.user()
            let session = LiveSession(
                userID: identity.userID, expiresAt: call.tokenExpiresAt,
                cursor: try call.query("after"),
                pause: .milliseconds(try call.query("throttle_ms", as: Int.self) ?? 0))
            return .webSocket(
                WebSocketHandler(limits: LiveHub.limits, subprotocol: subprotocol) { socket in
                    await hub.serve(socket, session)
                })
        }
        routes.get(
            "/api/v1/notifications/live", "Ask what has happened since", id: "pollLive",
            access: .signedIn,
            parameters: [
                .query("after", LiveCursor.self, "The last cursor seen; none to begin.")
            ],
            waitsFor: [LiveHub.projection],
            description: "The frames of `/ws` for those who cannot hold a connection open."
        ) { (call: Call<NoBody>) -> Reply<LiveFrames> in
            let past = try await LivePast.read(
                try call.user().userID, after: try call.query("after"), atLeast: 0, context)
            return .ok(LiveFrames(items: past.frames))
        }
        return routes
    }
}

/// What has happened, in order; `hello` first.
struct LiveFrames: Codable, Sendable {
    let items: [LiveFrame]
}
