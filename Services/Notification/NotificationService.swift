internal import EventStore
internal import Runtime
public import ServiceKit

/// Messages to people, on every channel that they want.
public enum NotificationService: SoukService {
    public static let name = "notification"
    public static let summary = "Tells people what happens: in the app, live, and by e-mail."
    public static let port = 8106

    public static let neighbours = [NeighbourKey("user", "http://127.0.0.1:8101")]

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let hub = LiveHub(context)
        return Blueprint(
            projections: [NotificationsProjection()], routes: routes(context, hub),
            components: components(context, hub), limits: LiveHub.serverLimits)
    }

    private static func routes(_ context: ServiceContext, _ hub: LiveHub) -> RouteTable {
        var routes = RouteTable(tag: "notifications")
        routes.include(LiveRoutes.table(context, hub))
        return routes
    }

    private static func components(
        _ context: ServiceContext, _ hub: LiveHub
    ) -> [(name: String, component: any Component)] {
        [("live", hub)]
    }
}
