import HTTP
import JSON
import Runtime
import TestSupport
import Testing

@testable import GatewayService

/// Several replicas of one service, some of which do not do what they should.
@Suite struct ReplicaTests {
    private static func catalog(_ handler: @escaping HTTPHandler) -> FakeService {
        FakeService(
            [
                ("/api/v1/search", "get", FakeService.operation("search")),
                ("/api/v1/products", "post", FakeService.operation("make")),
            ], handler: handler)
    }

    private static func good() -> FakeService { catalog { _ in .text("good") } }

    private static func url(_ urls: [String]) -> [String: String] {
        ["SOUK_CATALOG_URL": urls.joined(separator: ","), "SOUK_RATE_LIMIT": "10000"]
    }

    @Test func requestsAreSpreadOverTheReplicas() async throws {
        let replicas = (0..<3).map { _ in Self.good() }
        try await GatewayRig.with(replicas: replicas.map { ("catalog", $0) }) {
            rig async throws in
            for _ in 0..<60 { #expect(try await rig.send(.get, "/api/v1/search").status == 200) }
            #expect(replicas.allSatisfy { $0.requests.count > 5 })
        }
    }

    @Test func whatNobodyTakesGoesToAnother() async throws {
        let good = Self.good()
        try await GatewayRig.with(
            settings: ["SOUK_CATALOG_URL": "http://127.0.0.1:1"], replicas: [("catalog", good)]
        ) { rig async throws in
            // Nothing has left: even a POST without a key is safe.
            for method in [HTTPMethod.get, .post] {
                for _ in 0..<8 {
                    let path = method == .get ? "/api/v1/search" : "/api/v1/products"
                    #expect(try await rig.send(method, path).status == 200)
                }
            }
            #expect(good.requests.count == 16)
        }
    }

    @Test func afterAResetOnlyWhatIsSafeIsSentAgain() async throws {
        let good = Self.good()
        let rude = try RudeServer()
        rude.start()
        defer { rude.stop() }
        try await GatewayRig.with(
            settings: ["SOUK_CATALOG_URL": rude.url], replicas: [("catalog", good)]
        ) { rig async throws in
            let described = rude.requests
            for _ in 0..<4 { #expect(try await rig.send(.get, "/api/v1/search").status == 200) }
            for number in 0..<4 {
                let answer = try await rig.send(
                    .post, "/api/v1/products", headers: ["Idempotency-Key": "\"k\(number)\""],
                    body: .bytes([1]))
                #expect(answer.status == 200)
            }
            #expect(good.requests.count == 8 && rude.requests > described)
            // The breaker keeps away from it by now; with a new one it would be met again.
            rig.gateway.clock.advance(by: .seconds(60))
            var statuses: [Int] = []
            for _ in 0..<8 {
                statuses.append(
                    try await rig.send(.post, "/api/v1/products", body: .bytes([1])).status)
            }
            #expect(statuses.contains(502))
            #expect(good.requests.count == 8 + statuses.count { $0 == 200 })
        }
    }

    @Test func aReplicaThatIsBusyIsPassedOverForReads() async throws {
        let busy = Self.catalog { _ in .text("busy", status: 503) }
        let good = Self.good()
        try await GatewayRig.with(replicas: [("catalog", busy), ("catalog", good)]) {
            rig async throws in
            for _ in 0..<8 { #expect(try await rig.send(.get, "/api/v1/search").status == 200) }
            #expect(!busy.requests.isEmpty)
        }
    }

    @Test func whatFailsIsLeftAloneAndComesBack() async throws {
        try await GatewayRig.with(
            settings: Self.url(["http://127.0.0.1:1"]), replicas: [("user", Self.good())]
        ) { rig async throws in
            let pool = try #require(rig.pool("catalog"))
            for _ in 0..<5 { #expect(throws: Never.self) { try pool.lease().report(.unreachable) } }
            let problem = #expect(throws: Problem.self) { _ = try pool.lease() }
            #expect(problem?.status == 503 && problem?.headers["Retry-After"] != nil)
            rig.gateway.clock.advance(by: .seconds(2))
            for _ in 0..<3 { try pool.lease().report(.success) }
            #expect(pool.statuses.map(\.breaker) == [.closed])
        }
    }

    @Test func anOpenBreakerIsToldAtOnce() async throws {
        let failing = Self.catalog { _ in .text("broken", status: 502) }
        try await GatewayRig.with(
            settings: ["SOUK_RATE_LIMIT": "10000"], replicas: [("catalog", failing)]
        ) { rig async throws in
            for _ in 0..<20 { #expect(try await rig.send(.get, "/api/v1/search").status == 502) }
            let refused = try await rig.send(.get, "/api/v1/search")
            #expect(refused.status == 503)
            #expect(["1", "2"].contains(refused.headers["Retry-After"]))
            #expect(refused.headers["Content-Type"] == "application/problem+json")
            #expect(failing.requests.count == 20)
        }
    }

    @Test func aStormIsNotMadeWorse() async throws {
        let failing = Self.catalog { _ in .text("broken", status: 503) }
        let other = Self.catalog { _ in .text("broken", status: 503) }
        try await GatewayRig.with(
            settings: ["SOUK_RATE_LIMIT": "10000"],
            replicas: [("catalog", failing), ("catalog", other)]
        ) { rig async throws in
            for _ in 0..<40 { _ = try await rig.send(.get, "/api/v1/search") }
            // At most the reserve and a fifth on top, however many were allowed to repeat.
            #expect(failing.requests.count + other.requests.count <= 40 + 20 + 8)
        }
    }

    @Test func probesTakeReplicasOutAndBringThemBack() async throws {
        let first = Self.good()
        let second = Self.good()
        try await GatewayRig.with(replicas: [("catalog", first), ("catalog", second)]) {
            rig async throws in
            let monitor = try #require(rig.monitor)
            await monitor.probe()
            first.isReady = false
            await monitor.probe()
            let before = first.requests.count
            for _ in 0..<10 { #expect(try await rig.send(.get, "/api/v1/search").status == 200) }
            #expect(first.requests.count == before && second.requests.count >= 10)
            let shown = try await rig.platform("catalog")
            #expect(shown["state"] == "degraded")
            #expect(shown["replicas"]?[0]?["state"] == "degraded")
            #expect(shown["replicas"]?[1]?["state"] == "ready")
            #expect(shown["replicas"]?[1]?["breaker"] == "closed")
            first.isReady = true
            await monitor.probe()
            for _ in 0..<20 { _ = try await rig.send(.get, "/api/v1/search") }
            #expect(first.requests.count > before)
            #expect(try await rig.platform("catalog")["state"] == "ready")
            let document = try await rig.send(.get, "/openapi.json").text
            #expect(document.contains("\"/api/v1/platform\"") && document.contains("half_open"))
            // Nobody is at home there.
            #expect(try await rig.platform("wallet")["state"] == "down")
        }
    }

    @Test func whoIsBackIsTriedAtOnce() async throws {
        let catalog = Self.good()
        catalog.isReady = false
        try await GatewayRig.with(replicas: [("catalog", catalog)]) { rig async throws in
            let pool = try #require(rig.pool("catalog"))
            let monitor = try #require(rig.monitor)
            await monitor.probe()
            for _ in 0..<5 { try pool.lease().report(.unreachable) }
            #expect(try await rig.send(.get, "/api/v1/search").status == 503)
            catalog.isReady = true
            await monitor.probe()
            #expect(try await rig.send(.get, "/api/v1/search").status == 200)
        }
    }

    @Test func theTimeThatIsLeftIsPassedOn() async throws {
        let hangs = Lifecycle()
        let catalog = Self.catalog { request in
            if request.query["q"] == "slow" { await hangs.waitUntilReady() }
            return .text("good")
        }
        try await GatewayRig.with(replicas: [("catalog", catalog)]) { rig async throws in
            _ = try await rig.send(.get, "/api/v1/search")
            let usual = Int(catalog.requests[0].headers["Souk-Timeout"] ?? "") ?? 0
            #expect((1...20_000).contains(usual))
            _ = try await rig.send(.get, "/api/v1/search", headers: ["Souk-Timeout": "5000"])
            let shorter = Int(catalog.requests[1].headers["Souk-Timeout"] ?? "") ?? 0
            #expect((1...5_000).contains(shorter))
            let late = try await rig.send(
                .get, "/api/v1/search?q=slow", headers: ["Souk-Timeout": "50"])
            #expect(late.status == 504)
            for wrong in ["0", "-1", "1.5", "x", "+5", "99999999"] {
                let answer = try await rig.send(
                    .get, "/api/v1/search", headers: ["Souk-Timeout": wrong])
                #expect(answer.status == 400 && answer.text.contains("Souk-Timeout"))
            }
            // That a client had no patience is not the service's fault.
            #expect(rig.pool("catalog")?.statuses.map(\.breaker) == [.closed])
            hangs.ready()
        }
    }

    @Test func whoNamesNoVersionGetsTheFirst() async throws {
        let catalog = Self.good()
        try await GatewayRig.with(replicas: [("catalog", catalog)]) { rig async throws in
            #expect(try await rig.send(.get, "/api/search?q=v1").status == 200)
            #expect(catalog.requests.last?.target == "/api/v1/search?q=v1")
            #expect(try await rig.send(.get, "/api/v2/search").status == 404)
            #expect(try await rig.send(.get, "/api/").status == 404)
            #expect(try await rig.send(.get, "/api/internal/v1/x").status == 404)
        }
    }
}
