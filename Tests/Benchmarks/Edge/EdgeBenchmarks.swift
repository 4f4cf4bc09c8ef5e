import HTTP
import JSON
import Runtime

extension Benchmark {
    static var edge: [Benchmark] { [http, gateway, live] }

    private static let http = Benchmark(
        "http", "HTTP: a JSON route of a service, one core, against nginx `return 200`"
    ) { bench in
        let stage = try await ServiceStage(bench)
        let service = try await stage.start("user", bench, core: WebLoad.serverCore)
        let target = "\(service.url)/.well-known/jwks.json"
        let body = try await Fetch.text(target)
        let peer = try await WebPeers.nginxReturn(bench, body: body, core: WebLoad.serverCore)
        let (ours, limit) = (
            WebLoad(bench: bench, url: target), WebLoad(bench: bench, url: peer.url)
        )
        let work = (ours: ServerWork(service.processID), limit: ServerWork(peer.program.processID))
        let rounds = try await bench.rounds("requests/s", against: "nginx, 1 worker") {
            try await ours.run(seconds: bench.roundSeconds, work.ours)
        } limit: {
            try await limit.run(seconds: bench.roundSeconds, work.limit)
        }
        await peer.program.stop()
        await service.stop()
        await stage.close()
        return [
            rounds.ratio(
                "http", "HTTP: a JSON route of a service, one core", .atLeast, 0.65,
                note: ServerWork.note(work.ours, work.limit))
        ]
    }

    private static let gateway = Benchmark(
        "gateway", "gateway: token check, limit, proxied GET on one core, against proxies"
    ) { bench in
        let stage = try await GatewayStage(bench)
        let ours = stage.load(stage.gateway.url)
        func against(
            _ name: String, _ peer: WebPeers.Peer, _ figure: String, _ reach: Double
        ) async throws -> Figure {
            let load = stage.load(peer.url)
            let work = (
                ours: ServerWork(stage.gateway.processID),
                limit: ServerWork(peer.program.processID)
            )
            return try await bench.rounds("requests/s", against: name) {
                try await ours.run(seconds: bench.roundSeconds, work.ours)
            } limit: {
                try await load.run(seconds: bench.roundSeconds, work.limit)
            }.ratio(
                figure, "gateway, one core", .atLeast, reach,
                note: ServerWork.note(work.ours, work.limit))
        }
        let nginx = try await against("nginx proxy_pass", stage.nginx, "gateway", 0.6)
        let caddy = try await against("caddy", stage.caddy, "gateway-caddy", 1)
        // Stated; there is no reach.
        let haproxy = try await against("haproxy", stage.haproxy, "gateway-haproxy", 0)
        let added = try await stage.added(bench)
        await stage.close()
        return [
            nginx,
            added.plain("gateway-added", "gateway: added to a request, p50", .atMost, 0.3),
            caddy, haproxy,
        ]
    }

    private static let live = Benchmark(
        "live", "WebSocket: 10,000 connections to one notification process"
    ) { bench in
        try await LiveLoad(bench).run()
    }
}

/// One answer.
enum Fetch {
    static func text(_ url: String, headers: HTTPHeaders = [:]) async throws -> String {
        let loop = EventLoop(name: "bench-fetch")
        defer { loop.stop() }
        let answer = try await HTTPClient(loop: loop).send(
            HTTPClientRequest(.get, url, headers: headers))
        let body = try await answer.body.collect(upTo: 1 << 24)
        guard answer.status == .ok else { throw BenchError("\(url) answered \(answer.status).") }
        return String(decoding: body, as: UTF8.self)
    }
}
