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
        Blueprint(
            projections: [NotificationsProjection()], routes: routes(context),
            components: components(context))
    }

    private static func routes(_ context: ServiceContext) -> RouteTable {
        RouteTable(tag: "notifications")
    }

    private static func components(
        _ context: ServiceContext
    ) -> [(name: String, component: any Component)] {
        []
    }
}
