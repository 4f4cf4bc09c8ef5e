import HTTP
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

/// What attackers send to the gateway: nothing of it may reach a service, and honest clients are
/// served all the while.
@Suite(.timeLimit(.minutes(10))) struct HostileTests {
    private static func catalog(
        _ handler: @escaping HTTPHandler = { _ in .text("honest") }
    ) -> FakeService {
        FakeService(
            [
                ("/api/v1/search", "get", FakeService.operation("search")),
                ("/api/v1/products", "post", FakeService.operation("make")),
            ], handler: handler)
    }

    private static let get = "GET /api/v1/search HTTP/1.1\r\n"
    private static let post = "POST /api/v1/products HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
    private static let second = "GET /internal/v1/subject-keys/1 HTTP/1.1\r\nHost: a\r\n\r\n"

    private static let smuggled: [(String, String)] = [
        ("length and chunked", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("chunked and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"),
        ("two lengths", post + "Content-Length: 0\r\nContent-Length: 90\r\n\r\n"),
        ("two equal lengths", post + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        ("list of lengths", post + "Content-Length: 0, 90\r\n\r\n"),
        ("signed length", post + "Content-Length: +0\r\n\r\n"),
        ("negative length", post + "Content-Length: -1\r\n\r\n"),
        ("length with a tail", post + "Content-Length: 0;x\r\n\r\n"),
        ("blank before the colon of a length", post + "Content-Length : 0\r\n\r\n"),
        ("blank before the colon of a coding", post + "Transfer-Encoding : chunked\r\n\r\n"),
        ("coding twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"),
        ("coding before chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
        ("coding after chunked", post + "Transfer-Encoding: chunked, identity\r\n\r\n"),
        ("chunked with a vertical tab", post + "Transfer-Encoding: \u{0B}chunked\r\n\r\n"),
        ("quoted chunked", post + "Transfer-Encoding: \"chunked\"\r\n\r\n"),
        (
            "coding of HTTP/1.0",
            post.replacing("HTTP/1.1", with: "HTTP/1.0")
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n"),
        ("folded field", post + "X-A: 1\r\n\tContent-Length: 9\r\n\r\n"),
        ("field before a blank line of its own", get + " Host: a\r\n\r\n"),
        ("bare line feeds", "GET /api/v1/search HTTP/1.1\nHost: a\n\n"),
        ("bare line feed in a field", get + "Host: a\nX: 1\r\n\r\n"),
        ("bare carriage return", get + "Host: a\rTransfer-Encoding: chunked\r\n\r\n"),
        ("null in a field", get + "Host: a\r\nX: a\0b\r\n\r\n"),
        ("null in a name", get + "Host: a\r\nX\0: b\r\n\r\n"),
        ("null in the target", "GET /api/v1/\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            "absolute form of another host",
            "GET http://b/api/v1/search HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        ("authority form", "CONNECT user:8101 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("two hosts", get + "Host: a\r\nHost: b\r\n\r\n"),
        ("no host", get + "\r\n"),
        ("chunk extension without end", chunked + "1;" + String(repeating: "a", count: 9_000)),
        ("chunk size with a blank", chunked + "1 \r\na\r\n0\r\n\r\n"),
        ("chunk size in other digits", chunked + "0x1\r\na\r\n0\r\n\r\n"),
        ("chunk without its end", chunked + "1\r\naGET / HTTP/1.1\r\n\r\n"),
        ("chunk that ends by a line feed", chunked + "1\r\na\n0\r\n\r\n"),
        ("chunk beyond all bounds", chunked + "ffffffffffffffff1\r\n"),
        ("folded trailer", chunked + "0\r\nX: 1\r\n y\r\n\r\n"),
        (
            "trailers without end",
            chunked + "0\r\n" + String(repeating: "X: 1\r\n", count: 200) + "\r\n"
        ),
        ("header too large", get + "Host: a\r\nX: " + String(repeating: "a", count: 40_000)),
        (
            "too many fields",
            get + "Host: a\r\n" + String(repeating: "X: 1\r\n", count: 200) + "\r\n"
        ),
        (
            "target too long",
            "GET /" + String(repeating: "a", count: 10_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        ("another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n"),
    ]

    @Test func whatTwoServersCouldReadDifferentlyIsRefusedHere() async throws {
        let catalog = Self.catalog()
        var settings = ["SOUK_RATE_LIMIT": "10000"]
        settings["SOUK_BODY_LIMIT"] = "100000"
        settings["SOUK_UPLOAD_LIMIT"] = "100000"
        try await GatewayRig.with(settings: settings, services: ["catalog": catalog]) {
            rig async throws in
            for (name, message) in Self.smuggled {
                let socket = try rig.server.connect()
                try socket.send(message + Self.second)
                let answer = try await socket.readToEnd()
                let status = Int(answer.dropFirst(9).prefix(3)) ?? 0
                #expect([400, 413, 414, 417, 431, 501, 505].contains(status), "\(name): \(answer)")
                #expect(answer.ranges(of: "\r\nDate: ").count == 1, "\(name)")
                #expect(answer.contains("application/problem+json"), "\(name)")
            }
            #expect(catalog.requests.isEmpty)
            #expect(try await rig.send(.get, "/api/v1/search").status == 200)
        }
    }

    @Test func nothingIsTakenAfterAClose() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let answer = try await rig.server.exchange(
                Self.get + "Host: a\r\nConnection: close\r\n\r\n" + Self.get + "Host: a\r\n\r\n")
            #expect(answer.ranges(of: "HTTP/1.1 ").count == 1 && answer.contains("honest"))
            #expect(catalog.requests.count == 1)
        }
    }

    @Test func theBodyOfOneRequestIsNeverTheNext() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            let inner = Self.second
            let answer = try await rig.server.exchange(
                Self.post + "Content-Length: \(inner.utf8.count)\r\n\r\n" + inner
                    + Self.chunked + String(inner.utf8.count, radix: 16) + ";a=b\r\n" + inner
                    + "\r\n0\r\nX-Trailer: 1\r\n\r\n" + Self.get + "Host: a\r\n"
                    + "Connection: close\r\n\r\n")
            #expect(answer.ranges(of: "HTTP/1.1 200").count == 3)
            #expect(catalog.requests.map { $0.method } == [.post, .post, .get])
            #expect(catalog.requests.prefix(2).allSatisfy { $0.body == Array(inner.utf8) })
            #expect(catalog.requests[1].headers["X-Trailer"] == nil)
        }
    }

    @Test func slowHeadersAndBodiesAreNotWaitedFor() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            var limits = rig.gateway.blueprint.limits
            limits.headerRead = .milliseconds(50)
            limits.stall = .milliseconds(50)
            limits.total = .milliseconds(100)
            limits.linger = .milliseconds(50)
            try await LoopbackServer.with(limits: limits, rig.gateway.handler) {
                server async throws in
                let head = try server.connect()
                try head.send(Self.get + "Host: a\r\nX-Slow: ")
                let body = try server.connect()
                try body.send(Self.post + "Content-Length: 10\r\n\r\nabc")
                let chunk = try server.connect()
                try chunk.send(Self.chunked + "5\r\nab")
                #expect(try await head.readToEnd().hasPrefix("HTTP/1.1 408 "))
                #expect(try await !body.readToEnd().contains("honest"))
                #expect(try await !chunk.readToEnd().contains("honest"))
            }
            #expect(!catalog.requests.contains { $0.method == .get })
        }
    }

    @Test func whoLeavesInTheMiddleTakesNobodyAlong() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(
            settings: ["SOUK_RATE_LIMIT": "10000"], services: ["catalog": catalog]
        ) { rig async throws in
            let beginnings = [
                "G", Self.get, Self.get + "Host: a\r\n\r\n",
                Self.post + "Content-Length: 9\r\n\r\n",
                Self.post + "Content-Length: 900000\r\n\r\n" + String(repeating: "a", count: 99),
                Self.chunked + "5\r\nab", "GET /docs HTTP/1.1\r\nHost: a\r\n\r\n",
            ]
            for _ in 0..<5 {
                for beginning in beginnings { try rig.server.connect().send(beginning) }
            }
            for _ in 0..<5 { #expect(try await rig.send(.get, "/api/v1/search").text == "honest") }
            #expect(rig.pool("catalog")?.statuses.map(\.breaker) == [.closed])
        }
    }

    @Test func aFloodOfConnectionsLeavesThoseThatAreServed() async throws {
        let catalog = Self.catalog()
        try await GatewayRig.with(
            settings: ["SOUK_RATE_LIMIT": "10000"], services: ["catalog": catalog]
        ) { rig async throws in
            var limits = rig.gateway.blueprint.limits
            limits.connections = 20
            limits.headerRead = .milliseconds(50)
            limits.idle = .seconds(2)
            limits.linger = .milliseconds(20)
            try await LoopbackServer.with(limits: limits, rig.gateway.handler) {
                server async throws in
                let honest = try server.connect()
                let request = Self.get + "Host: a\r\n\r\n"
                try honest.send(request)
                _ = try await honest.read(until: "honest")
                let flood = try (0..<200).map { _ in try server.connect() }
                for (index, socket) in flood.enumerated() where index % 2 == 0 {
                    try socket.send("GET / HT")
                }
                // Who is in is served; the rest is told, dropped, or found too slow.
                try honest.send(request)
                _ = try await honest.read(until: "honest")
                for socket in flood {
                    let answer = try await socket.readToEnd()
                    let isKnown = ["", "HTTP/1.1 503", "HTTP/1.1 408"].contains(
                        String(answer.prefix(12)))
                    #expect(isKnown, "\(answer)")
                }
                // And when it is over, newcomers get in again.
                let later = try server.connect()
                try later.send(request)
                _ = try await later.read(until: "honest")
            }
        }
    }

    @Test func aClientThatGivesUpIsGivenUpForByTheService() async throws {
        let begun = Lifecycle()
        let cancelled = Lifecycle()
        let loop = EventLoop(name: "waiting")
        let catalog = Self.catalog { _ in
            begun.ready()
            do {
                try await loop.sleep(for: .seconds(600))
            } catch {
                cancelled.ready()
            }
            return .text("late")
        }
        try await GatewayRig.with(services: ["catalog": catalog]) { rig async throws in
            do {
                let socket = try rig.server.connect()
                try socket.send(Self.get + "Host: a\r\n\r\n")
                await begun.waitUntilReady()
            }
            await cancelled.waitUntilReady()
            // Which is nobody's fault.
            #expect(rig.pool("catalog")?.statuses.map(\.breaker) == [.closed])
        }
        loop.stop()
    }
}
