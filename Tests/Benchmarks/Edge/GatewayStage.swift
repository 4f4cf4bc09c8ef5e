import Runtime

/// The gateway and its peers, all in front of the same upstream.
struct GatewayStage: Sendable {
    let bench: Bench
    let gateway: SoukProgram
    let nginx: WebPeers.Peer
    let caddy: WebPeers.Peer
    let haproxy: WebPeers.Peer
    private let upstream: WebPeers.Peer
    private let token: String

    private static let path = "/api/v1/users/me"
    /// What the upstream says of itself: one route that needs a token.
    private static let document = """
        {"openapi":"3.1.0","info":{"title":"user","version":"1"},"paths":{"\(path)":{"get":{\
        "operationId":"me","responses":{"200":{"description":"It."}}}}}}
        """
    private static let body = """
        {"id":"01920000-0000-7000-8000-000000000001","email":"someone@souk.example",\
        "roles":["customer"],"email_verified":true}
        """

    init(_ bench: Bench) async throws {
        self.bench = bench
        let issuer = try await TokenIssuer.shared(bench)
        token = issuer.tokens[0]
        let document = bench.workshop.directory + "/openapi.json"
        try Workshop.write(Self.document, to: document)
        upstream = try await WebPeers.nginxReturn(
            bench, body: Self.body, core: WebLoad.loadCore, document: document)
        nginx = try await WebPeers.nginxProxy(bench, to: upstream)
        caddy = try await WebPeers.caddy(bench, to: upstream)
        haproxy = try await WebPeers.haproxy(bench, to: upstream)
        var environment = ["SOUK_JWKS_URL": issuer.url, "SOUK_RATE_LIMIT": "1000000"]
        for name in [
            "USER", "WALLET", "CATALOG", "ORDER", "CASHBACK", "NOTIFICATION", "CMS", "ANALYTICS",
        ] {
            environment["SOUK_\(name)_URL"] = upstream.url
        }
        gateway = try await SoukProgram.start(
            "gateway", bench, core: WebLoad.serverCore, environment: environment)
    }

    func load(_ url: String, connections: Int = 32) -> WebLoad {
        WebLoad(
            bench: bench, url: url + Self.path, connections: connections,
            headers: ["Authorization: Bearer \(token)"])
    }

    /// What the gateway adds to a request that comes alone, in milliseconds: the difference of the
    /// medians with it and without.
    func added(_ bench: Bench) async throws -> Rounds {
        let (through, direct) = (
            load(gateway.url, connections: 1), load(upstream.url, connections: 1)
        )
        return try await bench.rounds("ms") {
            let ours = try await through.run(seconds: bench.roundSeconds)
            let bare = try await direct.run(seconds: bench.roundSeconds)
            return Sample((ours.latency?.p50 ?? 0) - (bare.latency?.p50 ?? 0))
        }
    }

    func close() async {
        await gateway.stop()
        for peer in [nginx, caddy, haproxy, upstream] { await peer.program.stop() }
    }
}
