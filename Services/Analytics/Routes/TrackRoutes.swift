internal import EventTypes
internal import HTTP
internal import ServiceKit

/// Where clients report what visitors do.
enum TrackRoutes {
    static let bodyLimit = 8_192

    static func make(_ context: ServiceContext) -> RouteTable {
        var routes = RouteTable(tag: "tracking")
        routes.post(
            "/api/v1/analytics/track", "Report what a visitor did", id: "trackVisit",
            access: .open, idempotency: .optional, bodyLimit: bodyLimit,
            description: """
                Properties are numbers, flags and short words, so that nothing personal gets into \
                the log. With an access token the visit counts as that person's.
                """,
            success: 202
        ) { (call: Call<TrackVisit>) -> Reply<TrackedVisit> in
            .accepted(
                try await call.body.record(
                    as: call.command, by: call.identity?.userID, in: context))
        }
        return routes
    }
}
