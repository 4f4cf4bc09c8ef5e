internal import HTTP
internal import JSON
public import Runtime
public import ServiceKit

/// The one door to the platform: everything that clients send comes through here.
public enum GatewayService: SoukService {
    public static let name = "gateway"
    public static let summary =
        "The one door to the platform: routes, checks tokens, limits and protects."
    public static let port = 8080
    public static let hasLog = false
    public static let neighbours: [NeighbourKey] = Upstream.all.map(\.key)
    public static let configuration: [AnyConfigurationKey] = GatewayKeys.all

    /// Connections to one service.
    private static let connectionsPerService = 128

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let settings = context.configuration
        let publicURL = settings[StandardKeys(name: name, port: port).publicURL]
        let http = client(context)
        let directory = UpstreamDirectory(
            urls: Dictionary(
                uniqueKeysWithValues: Upstream.all.map { ($0.name, settings[$0.key.url]) }),
            publicURL: publicURL, http: http, loop: context.loop,
            logger: context.logger.labelled("upstreams"))
        let admission = Admission(
            rules: RateRules(
                usual: settings[GatewayKeys.rateLimit],
                signIn: settings[GatewayKeys.signInLimit],
                callbacks: settings[GatewayKeys.callbackLimit]),
            limiter: RateLimiter(), clock: context.clock)
        let bodyLimit = settings[GatewayKeys.bodyLimit]
        let passage = Passage(
            directory: directory, admission: admission,
            partners: settings[GatewayKeys.partnerKeys],
            proxy: Proxy(
                http: http, loop: context.loop, publicURL: publicURL,
                timeout: settings[GatewayKeys.upstreamTimeout], bodyLimit: bodyLimit))
        var limits = HTTPLimits()
        limits.bodyBytes = bodyLimit
        return Blueprint(
            routes: routes(directory), components: [("upstreams", directory)],
            fallback: { passage.route(of: $0) },
            middleware: [
                Envelope(isSecure: publicURL.hasPrefix("https:")),
                CrossOrigin(origins: settings[GatewayKeys.origins]),
                ClientResolution(
                    trusted: settings[GatewayKeys.trustedProxies],
                    blocked: settings[GatewayKeys.blocked]),
                OwnEndpoints(
                    directory: directory, admission: admission,
                    operators: settings[GatewayKeys.operators]),
            ],
            limits: limits)
    }

    private static func client(_ context: ServiceContext) -> HTTPClient {
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = connectionsPerService
        limits.idlePerOrigin = connectionsPerService / 2
        limits.connect = .seconds(2)
        return HTTPClient(loop: context.loop, limits: limits)
    }

    private static func routes(_ directory: UpstreamDirectory) -> RouteTable {
        var routes = RouteTable(tag: "gateway")
        routes.get("/", "Say what is here", id: "landing", access: .open) {
            (_: Call<NoBody>) -> Reply<Landing> in .ok(Landing())
        }
        routes.raw(
            .get, "/docs", "Show the reference of all interfaces", id: "reference", access: .open,
            produces: ["text/html"]
        ) { _ in
            var response = HTTPResponse.bytes(
                directory.edition.page, type: "text/html; charset=utf-8")
            response.headers.set("Content-Security-Policy", ReferencePage.contentPolicy)
            response.headers.set("Cache-Control", "no-cache")
            return response
        }
        return routes
    }
}

/// What somebody finds who comes without a path.
struct Landing: Codable, Sendable {
    var name = "Souk"
    var reference = "/docs"
    var openapi = "/openapi.json"
}
