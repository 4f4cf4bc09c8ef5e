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
        let pools = pools(context)
        let questions = questionClient(context)
        let platform = platformRoutes(pools, context.clock)
        let own = OpenAPIDocument(
            service: name, summary: summary, publicURL: publicURL, routes: platform.routes)
        let directory = UpstreamDirectory(
            pools: pools, own: own.make(), publicURL: publicURL, http: questions,
            loop: context.loop, logger: context.logger.labelled("upstreams"))
        let health = HealthMonitor(pools: pools, http: questions, loop: context.loop)
        let admission = Admission(
            rules: RateRules(
                usual: settings[GatewayKeys.rateLimit],
                signIn: settings[GatewayKeys.signInLimit],
                callbacks: settings[GatewayKeys.callbackLimit]),
            limiter: RateLimiter(), clock: context.clock)
        let proxy = Proxy(
            http: client(context), loop: context.loop, publicURL: publicURL,
            timeout: settings[GatewayKeys.upstreamTimeout],
            bodyLimit: settings[GatewayKeys.bodyLimit], random: context.random,
            metrics: ProxyMetrics(context.metrics, pools: pools))
        let passage = Passage(
            directory: directory, admission: admission,
            partners: settings[GatewayKeys.partnerKeys], proxy: proxy,
            sockets: sockets(proxy, context))
        var limits = HTTPLimits()
        limits.bodyBytes = max(
            settings[GatewayKeys.bodyLimit], settings[GatewayKeys.uploadLimit])
        limits.connections += settings[GatewayKeys.socketLimit]
        return Blueprint(
            routes: routes(directory, platform),
            components: [("upstreams", directory), ("health", health)],
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

    private static func sockets(_ proxy: Proxy, _ context: ServiceContext) -> SocketPassage {
        let settings = context.configuration
        var client = WebSocketLimits()
        client.messageBytes = settings[GatewayKeys.socketMessageLimit]
        client.frameBytes = client.messageBytes
        client.unread = 4
        client.pingAfter = settings[GatewayKeys.socketPing]
        var service = client
        service.messageBytes = max(client.messageBytes, WebSocketLimits().messageBytes)
        service.frameBytes = service.messageBytes
        return SocketPassage(
            proxy: proxy,
            slots: SocketSlots(
                limit: settings[GatewayKeys.socketLimit],
                perClient: settings[GatewayKeys.socketLimitPerClient]),
            clientLimits: client, serviceLimits: service, idle: settings[GatewayKeys.socketIdle],
            logger: context.logger.labelled("sockets"))
    }

    private static func pools(_ context: ServiceContext) -> [UpstreamPool] {
        var rules = CircuitBreaker.Rules()
        rules.openFor = context.configuration[GatewayKeys.breakerOpen]
        return Upstream.all.map { upstream in
            UpstreamPool(
                name: upstream.name,
                urls: NeighbourKey.addresses(in: context.configuration[upstream.key.url]),
                rules: rules, clock: context.clock, random: context.random,
                logger: context.logger.labelled("upstreams"))
        }
    }

    /// For health checks and documents: few, and never behind the requests of clients.
    private static func questionClient(_ context: ServiceContext) -> HTTPClient {
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = 4
        limits.idlePerOrigin = 1
        limits.connect = .seconds(1)
        return HTTPClient(loop: context.loop, limits: limits)
    }

    private static func client(_ context: ServiceContext) -> HTTPClient {
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = connectionsPerService
        limits.idlePerOrigin = connectionsPerService / 2
        limits.connect = .seconds(2)
        return HTTPClient(loop: context.loop, limits: limits)
    }

    /// What clients may know of the services.
    private static func platformRoutes(
        _ pools: [UpstreamPool], _ clock: any WallClock
    ) -> RouteTable {
        var routes = RouteTable(tag: "platform")
        routes.get(
            "/api/v1/platform", "Show how the services are", id: "showPlatform", access: .open,
            description: "What health checks and traffic have shown of every replica."
        ) { (_: Call<NoBody>) -> Reply<Platform> in .ok(Platform(pools, at: clock.now())) }
        return routes
    }

    private static func routes(
        _ directory: UpstreamDirectory, _ platform: RouteTable
    ) -> RouteTable {
        var routes = RouteTable(tag: "gateway")
        routes.include(platform)
        routes.include(LandingRoutes.make())
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
