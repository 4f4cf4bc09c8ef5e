internal import Crypto
internal import HTTP
internal import ServiceKit

/// What somebody finds who comes without a path: browsers the platform as it runs, programs where
/// to go on.
enum LandingRoutes {
    static func make() -> RouteTable {
        var routes = RouteTable(tag: "gateway")
        let page = LivePage.assembled
        let tag = Base64URL.encode(Array(Digest.sha256(page).prefix(12)))
        routes.raw(
            .get, "/", "Show the platform as it runs, or say what is here", id: "landing",
            access: .open, produces: ["application/json", "text/html"],
            description: """
                A page for whoever prefers `text/html`, as browsers do; otherwise where the \\
                reference and the OpenAPI document are.
                """
        ) { call in
            var response: HTTPResponse
            if MediaPreference(call.request.headers).prefersHTML {
                response = .content(
                    MemorySource(page), type: "text/html; charset=utf-8", etag: tag,
                    for: call.request)
                response.headers.set("Content-Security-Policy", LivePage.contentPolicy)
            } else {
                response = try .json(Landing())
            }
            response.headers.set("Cache-Control", "no-cache")
            response.headers.add("Vary", "Accept")
            return response
        }
        return routes
    }
}

/// Where to go on, for programs.
struct Landing: Codable, Sendable {
    var name = "Souk"
    var reference = "/docs"
    var openapi = "/openapi.json"
    var platform = "/api/v1/platform"
    var pulse = "/api/v1/analytics/pulse"
}
