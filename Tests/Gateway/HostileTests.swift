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

    /// The two ways to a service.
    enum Door: CaseIterable { case service, gateway }

    /// Serves through a door for as long as `body` runs.
    private static func open(
        _ door: Door, _ catalog: FakeService, _ body: (LoopbackServer) async throws -> Void
    ) async throws {
        switch door {
        case .service:
            try await LoopbackServer.with({ try await catalog.respond(to: $0) }, body)
        case .gateway:
            try await GatewayRig.with(
                settings: ["SOUK_RATE_LIMIT": "10000"], services: ["catalog": catalog]
            ) { try await body($0.server) }
        }
    }

    @Test(arguments: Door.allCases, HostileRequest.topics)
    func whatTwoServersCouldReadDifferentlyIsRefusedByBoth(
        _ door: Door, _ topic: String
    ) async throws {
        let catalog = Self.catalog()
        let messages = try HostileRequest.all(of: topic)
        #expect(!messages.isEmpty)
        try await Self.open(door, catalog) { server async throws in
            for message in messages {
                let socket = try server.connect()
                try socket.send(message.bytes + Array(Self.second.utf8))
                let answer = try await socket.readToEnd()
                #expect(
                    answer.hasPrefix("HTTP/1.1 \(message.status) "),
                    "\(message): \(answer.prefix(300))")
                #expect(answer.ranges(of: "\r\nDate: ").count == 1, "\(message)")
                #expect(answer.contains("\r\nConnection: close\r\n"), "\(message)")
                #expect(answer.contains("application/problem+json"), "\(message)")
            }
            #expect(catalog.requests.isEmpty)
            try await Self.isServed(by: server)
        }
    }

    private static func isServed(by server: LoopbackServer) async throws {
        let answer = try await server.exchange(
            get + "Host: a\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("honest"))
    }

    /// A message that is unusual and allowed, and what of it must arrive.
    private static let allowed:
        [(name: String, message: String, method: HTTPMethod, body: String)] =
            [
                ("line in front", "\r\n" + get + "Host: a\r\n\r\n", .get, ""),
                (
                    "absolute form",
                    "GET http://a/api/v1/search HTTP/1.1\r\nHost: a\r\n\r\n", .get, ""
                ),
                (
                    "absolute form in capitals",
                    "GET HTTP://A/api/v1/search HTTP/1.1\r\nHost: a\r\n\r\n", .get, ""
                ),
                ("HTTP/2 offered", get + "Host: a\r\n" + upgrade("h2c") + "\r\n", .get, ""),
                ("GET with a body", get + "Host: a\r\nContent-Length: 3\r\n\r\nabc", .get, "abc"),
                ("zeros in front", post + "Content-Length: 003\r\n\r\nabc", .post, "abc"),
                ("blanks around", post + "Content-Length:   3  \r\n\r\nabc", .post, "abc"),
                (
                    "chunked in capitals",
                    post + "TRANSFER-ENCODING:CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n", .post, "abc"
                ),
                ("extension", chunked + "3;a=\"b;c\"\r\nabc\r\n0;x\r\n\r\n", .post, "abc"),
                ("sizes with zeros", chunked + "003\r\nabc\r\n00\r\n\r\n", .post, "abc"),
                (
                    "trailers that frame",
                    chunked + "3\r\nabc\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n", .post, "abc"
                ),
                (
                    "framing named as of this connection",
                    post + "Connection: Content-Length, Host\r\nContent-Length: 3\r\n\r\nabc",
                    .post, "abc"
                ),
                (
                    "coding named as of this connection",
                    post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n0\r\n\r\n", .post, "abc"
                ),
                (
                    "a name that looks like framing",
                    post + "Transfer_Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", .post,
                    "abc"
                ),
            ]

    private static func upgrade(_ name: String) -> String {
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: \(name)\r\n"
            + "HTTP2-Settings: AAMAAABkAAQ\r\n"
    }

    @Test(arguments: Door.allCases)
    func whatIsAllowedMeansTheSameToBoth(_ door: Door) async throws {
        for (name, message, method, body) in Self.allowed {
            let catalog = Self.catalog()
            try await Self.open(door, catalog) { server async throws in
                let answer = try await server.exchange(
                    message + Self.get + "Host: a\r\nConnection: close\r\n\r\n")
                #expect(answer.ranges(of: "HTTP/1.1 200 ").count == 2, "\(name): \(answer)")
            }
            let got = catalog.requests
            #expect(got.map(\.method) == [method, .get], "\(name)")
            #expect(got.first?.body == Array(body.utf8), "\(name)")
            #expect(got.allSatisfy { $0.headers.all("Host").count == 1 }, "\(name)")
            #expect(got.first?.headers["Upgrade"] == nil || door == .service, "\(name)")
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

    @Test func aReportIsHandedOnEvenIfItsSenderDoesNotWait() async throws {
        let begun = Lifecycle()
        let released = Lifecycle()
        let taken = Lifecycle()
        let cashback = Self.catalog { request in
            begun.ready()
            await released.waitUntilReady()
            let body = try await request.body.collect(upTo: 100)
            if body == Array("abc".utf8), !Task.isCancelled { taken.ready() }
            return .text("taken")
        }
        try await GatewayRig.with(services: ["catalog": cashback]) { rig async throws in
            do {
                let socket = try rig.server.connect()
                try socket.send(Self.post + "Content-Length: 3\r\n\r\nabc")
                await begun.waitUntilReady()
            }
            while !rig.server.metrics.render().contains("http_server_connections 0\n") {
                await Task.yield()
            }
            released.ready()
            await taken.waitUntilReady()
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
