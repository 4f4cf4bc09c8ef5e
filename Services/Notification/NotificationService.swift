public import ServiceKit

/// Messages to people, on every channel that they want.
public enum NotificationService: SoukService {
    public static let name = "notification"
    public static let summary = "Tells people what happens: in the app, live, and by e-mail."
    public static let port = 8106

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        Blueprint(routes: RouteTable(tag: "notification"))
    }
}
