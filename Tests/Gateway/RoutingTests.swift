import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite struct RoutingTests {
    private static func wallet() -> FakeService {
        FakeService([
            ("/api/v1/wallet/accounts", "get", FakeService.operation("accounts")),
            ("/api/v1/wallet/accounts", "post", FakeService.operation("open")),
            ("/api/v1/wallet/accounts/{id}", "get", FakeService.operation("account")),
            ("/api/v1/wallet/between", "get", FakeService.operation("between", "service")),
            ("/internal/v1/holds", "post", FakeService.operation("hold")),
            ("/api/v1/users/me", "get", FakeService.operation("stolen")),
        ])
    }

    @Test func requestsGoWhereTheServicesSaidWithQueryAndBody() async throws {
        let wallet = Self.wallet()
        try await GatewayRig.with(services: ["wallet": wallet]) { rig async throws in
            let answer = try await rig.send(.get, "/api/v1/wallet/accounts/a%2Fb?x=1&y=%20")
            #expect(answer.status == 200 && answer.text == "GET here")
            let posted = try await rig.send(
                .post, "/api/v1/wallet/accounts", body: .bytes(Array("hello".utf8)))
            #expect(posted.status == 200)
            #expect(
                wallet.requests.map(\.target).first == "/api/v1/wallet/accounts/a%2Fb?x=1&y=%20")
            #expect(wallet.requests.last?.body == Array("hello".utf8))
        }
    }

    @Test(arguments: [
        "/internal/v1/holds", "/%69nternal/v1/holds", "/INTERNAL/v1/holds", "//internal/v1/holds",
        "/internal%2Fv1/holds", "/api/v1/wallet/between", "/api/v1/walletx", "/api/v1/nothing",
        "/api/v1/wallet/accounts/1/2", "/metrics", "/metrics/", "/livez/x",
    ])
    func whatIsNotForClientsDoesNotExist(path: String) async throws {
        let wallet = Self.wallet()
        let settings = ["SOUK_OPERATORS": "192.0.2.1"]
        try await GatewayRig.with(settings: settings, services: ["wallet": wallet]) {
            rig async throws in
            for method in [HTTPMethod.get, .post] {
                let answer = try await rig.send(method, path)
                #expect(answer.status == 404, "\(method) \(path)")
            }
            #expect(wallet.requests.isEmpty)
        }
    }

    @Test func aServiceCannotTakeThePathsOfAnother() async throws {
        let wallet = Self.wallet()
        try await GatewayRig.with(services: ["wallet": wallet]) { rig async throws in
            // The user service has not described itself, but the path is its own.
            let answer = try await rig.send(.get, "/api/v1/users/me")
            #expect(answer.status == 503 && wallet.requests.isEmpty)
        }
    }

    @Test func anotherMethodIsToldWhichOnesThereAre() async throws {
        try await GatewayRig.with(services: ["wallet": Self.wallet()]) { rig async throws in
            let answer = try await rig.send(.delete, "/api/v1/wallet/accounts")
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] == "GET, HEAD, POST")
        }
    }

    @Test func aServiceThatIsNotThereIsMissedOnlyForItsOwnPaths() async throws {
        try await GatewayRig.with { rig async throws in
            for path in ["/api/v1/wallet/accounts", "/go/1", "/api/v1/search?q=a", "/webhooks/p"] {
                let answer = try await rig.send(.get, path)
                #expect(answer.status == 503, "\(path)")
                #expect(answer.headers["Retry-After"] == "2")
            }
            #expect(try await rig.send(.get, "/api/v1/nothing").status == 404)
            #expect(try await rig.send(.get, "/got").status == 404)
        }
    }

    @Test func aServiceThatWentAwayIsUnavailable() async throws {
        let service = Self.wallet()
        let loop = EventLoop(name: "wallet")
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(port: 0), loops: [loop], logger: .silent,
            metrics: Metrics()
        ) { try await service.respond(to: $0) }
        try await server.start()
        let settings = ["SOUK_WALLET_URL": "http://127.0.0.1:\(server.port)"]
        try await GatewayRig.with(settings: settings) { rig async throws in
            #expect(try await rig.send(.get, "/api/v1/wallet/accounts").status == 200)
            await server.shutDown()
            for method in [HTTPMethod.get, .post] {
                let answer = try await rig.send(method, "/api/v1/wallet/accounts")
                #expect(answer.status == 503 && answer.headers["Retry-After"] == "2")
            }
            #expect(service.requests.count == 1)
        }
        loop.stop()
    }

    @Test func anOperationThatSaysNothingOfAccessNeedsAToken() {
        let table = RoutingTable(["wallet": ["paths": ["/api/v1/wallet/a": ["get": ["x": 1]]]]])
        guard case .route(let route) = table.destination(.get, "/api/v1/wallet/a") else {
            Issue.record("no route")
            return
        }
        #expect(route.needsToken)
    }

    @Test func patternsThatTheRouterCannotTakeAreLeftOut() {
        let open: JSONValue = ["get": ["security": []], "trace": [:], "parameters": []]
        let table = RoutingTable([
            "wallet": [
                "paths": [
                    "/api/v1/wallet/{a}/{a}": open, "/api/v1/wallet/x{a}": open, "nothing": open,
                    "/api/v1/wallet/{a}": open, "/api/v1/wallet/{b}": open,
                    "/api/v1/wallet/%61": open,
                ]
            ]
        ])
        guard case .route(let route) = table.destination(.get, "/api/v1/wallet/7") else {
            Issue.record("no route")
            return
        }
        #expect(route.pattern == "/api/v1/wallet/{a}" && !route.needsToken)
        #expect(table.refusals.count == 1)
    }
}
