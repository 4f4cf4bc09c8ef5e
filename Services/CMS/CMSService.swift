public import ServiceKit

/// Pages, posts and media, from the first draft to what the public reads.
public enum CMSService: SoukService {
    public static let name = "cms"
    public static let summary = "Publishes pages, posts and media."
    public static let port = 8108

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        Blueprint(routes: RouteTable(tag: "cms"))
    }
}
