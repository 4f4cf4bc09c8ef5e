import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite struct ForwardingTests {
    private static func catalog(
        _ handler: @escaping HTTPHandler = { _ in .text("ok") }
    ) -> FakeService {
        FakeService(
            [
                ("/api/v1/search", "get", FakeService.operation("search")),
                ("/api/v1/products/import", "post", FakeService.operation("import")),
                ("/api/v1/products/{id}", "put", FakeService.operation("put")),
            ], handler: handler)
    }

    @Test func fieldsOfTheConnectionAndClaimsOfTheClientDoNotPass() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let answer = try await rig.server.exchange(
                """
                GET /api/v1/search?q=a HTTP/1.1\r
                Host: shop.example\r
                Connection: close, X-Secret-Hop, Authorization\r
                X-Secret-Hop: 1\r
                Keep-Alive: timeout=5\r
                Proxy-Authorization: Basic eA==\r
                TE: trailers\r
                X-Forwarded-For: 10.1.1.1\r
                X-Real-IP: 10.1.1.1\r
                Forwarded: for=10.1.1.1\r
                X-Original-URL: /internal/v1/x\r
                X-HTTP-Method-Override: DELETE\r
                X-API-Version: 1\r
                X-Request-ID: abc-1\r
                traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r
                \r\n
                """)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("X-Request-ID: abc-1\r\n"))
            let got = try #require(catalog.requests.first).headers
            for name in [
                "X-Secret-Hop", "Keep-Alive", "Proxy-Authorization", "TE", "X-Real-IP",
                "Forwarded", "X-Original-URL", "X-HTTP-Method-Override",
            ] { #expect(got[name] == nil, "\(name)") }
            #expect(got.all("X-Forwarded-For") == ["127.0.0.1"])
            #expect(got["X-Forwarded-Host"] == "shop.example")
            #expect(got["X-Forwarded-Proto"] == "http")
            #expect(got["X-API-Version"] == "1" && got["X-Request-ID"] == "abc-1")
            #expect(got["traceparent"]?.contains("4bf92f3577b34da6a3ce929d0e0e4736") == true)
            #expect(got["Host"]?.hasPrefix("127.0.0.1:") == true)
        }
    }

    @Test func onlyTrustedProxiesSpeakForClients() async throws {
        let catalog = Self.catalog()
        let settings = ["SOUK_TRUSTED_PROXIES": "127.0.0.1/32, 10.0.0.0/8"]
        try await GatewayRig.with(settings: settings, services: ["catalog": catalog]) {
            rig async throws in
            for chain in ["6.6.6.6, 203.0.113.9, 10.2.3.4", "203.0.113.9", "x, 203.0.113.9:99"] {
                _ = try await rig.send(
                    .get, "/api/v1/search", headers: ["X-Forwarded-For": chain])
            }
            #expect(
                catalog.requests.map { $0.headers["X-Forwarded-For"] }
                    == Array(repeating: "203.0.113.9", count: 3))
        }
    }

    @Test func answersLoseFieldsOfTheConnectionAndKeepTheRest() async throws {
        let catalog = Self.catalog { _ in
            HTTPResponse(
                201,
                headers: [
                    "Server": "secret/1.0", "ETag": "\"7\"", "Location": "/x", "X-Hop": "1",
                    "X-Powered-By": "Swift", "Content-Security-Policy": "default-src 'self'",
                    "Link": "<a>; rel=\"next\"", "X-Frame-Options": "ALLOWALL",
                ], body: .bytes(Array("made".utf8)))
        }
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let answer = try await rig.send(.get, "/api/v1/search")
            #expect(answer.status == 201 && answer.text == "made")
            #expect(answer.headers["Server"] == nil && answer.headers["X-Powered-By"] == nil)
            #expect(answer.headers["ETag"] == "\"7\"" && answer.headers["Location"] == "/x")
            #expect(answer.headers["Link"] == "<a>; rel=\"next\"")
            #expect(answer.headers.all("X-Frame-Options") == ["DENY"])
            #expect(answer.headers["Content-Security-Policy"] == "default-src 'self'")
        }
    }

    @Test func bodiesStreamBothWays() async throws {
        let catalog = Self.catalog { request in
            let bytes = try await request.body.collect(upTo: 64 << 20)
            return HTTPResponse(
                body: .stream(length: nil) { writer in
                    for start in stride(from: 0, to: bytes.count, by: 50_000) {
                        try await writer.write(
                            Array(bytes[start..<min(start + 50_000, bytes.count)]))
                    }
                })
        }
        let size = 700_000
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            for length in [nil, size] {
                let answer = try await rig.send(
                    .post, "/api/v1/products/import",
                    body: .stream(length: length) { writer in
                        for _ in 0..<7 {
                            try await writer.write([UInt8](repeating: 65, count: size / 7))
                        }
                    })
                #expect(answer.status == 200 && answer.text.utf8.count == size)
            }
        }
    }

    @Test func bodiesBeyondTheLimitAreRefusedHoweverTheyCome() async throws {
        let catalog = Self.catalog()
        let settings = ["SOUK_BODY_LIMIT": "100000", "SOUK_UPLOAD_LIMIT": "100000"]
        try await GatewayRig.with(settings: settings, services: ["catalog": catalog]) {
            rig async throws in
            let told = try await rig.server.exchange(
                "POST /api/v1/products/import HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n"
            )
            #expect(told.hasPrefix("HTTP/1.1 413"))
            let chunk = "ffff\r\n" + String(repeating: "x", count: 0xFFFF) + "\r\n"
            let chunked = try await rig.server.exchange(
                "POST /api/v1/products/import HTTP/1.1\r\nHost: a\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n")
            #expect(chunked.hasPrefix("HTTP/1.1 413"))
            #expect(catalog.requests.isEmpty)
        }
    }

    @Test func aRouteMayTakeMoreThanOthers() async throws {
        let cms = FakeService(
            [
                ("/api/v1/media", "post", FakeService.operation("upload", bodyLimit: 200_000)),
                ("/api/v1/pages", "post", FakeService.operation("page")),
            ], handler: { _ in .text("ok") })
        let settings = ["SOUK_BODY_LIMIT": "100000"]
        try await GatewayRig.with(settings: settings, services: ["cms": cms]) { rig async throws in
            func status(_ path: String, _ size: Int) async throws -> Int {
                try await rig.send(
                    .post, path, body: .bytes([UInt8](repeating: 1, count: size))
                ).status
            }
            #expect(try await status("/api/v1/media", 200_000) == 200)
            #expect(try await status("/api/v1/media", 200_001) == 413)
            #expect(try await status("/api/v1/pages", 100_001) == 413)
        }
    }

    @Test func headIsAnsweredWithTheLengthOfGet() async throws {
        let catalog = Self.catalog { _ in .text("twelve bytes") }
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let answer = try await rig.send(.head, "/api/v1/search")
            #expect(answer.status == 200 && answer.text.isEmpty)
            #expect(answer.headers["Content-Length"] == "12")
            #expect(catalog.requests.first?.method == .head)
        }
    }

    @Test func aSlowServiceIsATimeoutAndABrokenOneABadGateway() async throws {
        let isOver = Lifecycle()
        let catalog = Self.catalog { request in
            if request.query["q"] == "slow" { await isOver.waitUntilReady() }
            return HTTPResponse(
                body: .stream(length: 10) { writer in
                    try await writer.write("half")
                    throw HTTPBodyError.incomplete
                })
        }
        let settings = ["SOUK_UPSTREAM_TIMEOUT": "100ms"]
        try await GatewayRig.with(settings: settings, services: ["catalog": catalog]) {
            rig async throws in
            let slow = try await rig.send(.get, "/api/v1/search?q=slow")
            #expect(slow.status == 504 && slow.text.contains("gateway-timeout"))
            isOver.ready()
            #expect(try await rig.send(.get, "/api/v1/search").status == 502)
        }
    }

    @Test(arguments: [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3, 4\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Transfer-Encoding: xchunked\r\n",
        "Content-Length : 3\r\n", "Transfer-Encoding: chunked\r\n\tfoo: bar\r\n",
    ])
    func whatTwoServersCouldReadDifferentlyGoesNowhere(fields: String) async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let answer = try await rig.server.exchange(
                "POST /api/v1/products/import HTTP/1.1\r\nHost: a\r\n\(fields)\r\n0\r\n\r\n"
                    + "GET /api/v1/search HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400") || answer.hasPrefix("HTTP/1.1 501"))
            #expect(catalog.requests.isEmpty)
        }
    }
}
