import EventTypes
import HTTP
import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

/// WebSockets through the gateway.
@Suite(.timeLimit(.minutes(10))) struct SocketTests {
    private static let user: UserID = SequentialIdentifiers.identifier(7)

    /// A service whose sockets do what the first message says, and what it saw of them.
    final class Echo: Sendable {
        let messages = Mutex<[WebSocketMessage]>([])
        let endings = Mutex<[WebSocketError]>([])
        let ended = Lifecycle()
        let limits: WebSocketLimits

        init(limits: WebSocketLimits = WebSocketLimits()) { self.limits = limits }

        var service: FakeService {
            FakeService([("/ws", "get", FakeService.operation("live"))]) { request in
                if request.query["refuse"] != nil {
                    throw Problem("full", 503, "Full", headers: ["Retry-After": "9"])
                }
                return .webSocket(
                    WebSocketHandler(limits: self.limits, subprotocol: "souk.v1") { socket in
                        await self.serve(socket)
                    })
            }
        }

        private func serve(_ socket: WebSocketConnection) async {
            do {
                for try await message in socket.messages {
                    messages.withLock { $0.append(message) }
                    switch message {
                    case .text("end"): await socket.close(4401, reason: "expired")
                    case .text("big"):
                        for _ in 0..<40 {
                            try await socket.send([UInt8](repeating: 7, count: 100_000))
                        }
                    case .text(let text): try await socket.send(text)
                    case .binary(let bytes): try await socket.send(bytes)
                    }
                }
            } catch {}
            if let ending = socket.ending { endings.withLock { $0.append(ending) } }
            ended.ready()
        }
    }

    private static func with<R>(
        _ echo: Echo, settings: [String: String] = [:], _ body: (GatewayRig) async throws -> R
    ) async throws -> R {
        let settings = ["SOUK_RATE_LIMIT": "10000"].merging(settings) { $1 }
        return try await GatewayRig.with(
            settings: settings, services: ["notification": echo.service], body)
    }

    private static func fields(_ rig: GatewayRig) throws -> HTTPHeaders {
        ["Authorization": "Bearer \(try #require(try rig.gateway.token(for: .customer(user))))"]
    }

    private static func open(
        _ rig: GatewayRig, query: String = "", subprotocols: [String] = ["souk.v1"]
    ) async throws -> WebSocketConnection {
        try await rig.server.client.webSocket(
            rig.server.url + "/ws" + query, headers: fields(rig), subprotocols: subprotocols)
    }

    /// A client that can break the rules, after its handshake.
    private static func raw(_ rig: GatewayRig) async throws -> RawSocket {
        let token = try #require(try rig.gateway.token(for: .customer(user)))
        let socket = try rig.server.connect()
        try socket.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Authorization: Bearer \(token)\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        #expect(try await socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
        return socket
    }

    /// A masked frame; the mask is zero, so that its payload can be read.
    private static func frame(_ first: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        [first, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload
    }

    @Test func messagesPassBothWays() async throws {
        let echo = Echo()
        try await Self.with(echo) { rig async throws in
            let socket = try await Self.open(rig, query: "?after=c1")
            #expect(socket.subprotocol == "souk.v1")
            var messages = socket.messages.makeAsyncIterator()
            try await socket.send("grüß dich")
            #expect(try await messages.next() == .text("grüß dich"))
            let bytes = [UInt8](repeating: 9, count: 60_000)
            try await socket.send(bytes)
            #expect(try await messages.next() == .binary(bytes))
            await socket.close(4000, reason: "enough")
            await echo.ended.waitUntilReady()
            #expect(echo.endings.withLock { $0 } == [WebSocketError(4000, reason: "enough")])
        }
    }

    @Test func theServiceSeesWhoItIsAndNothingOfTheHandshake() async throws {
        let echo = Echo()
        let service = echo.service
        try await GatewayRig.with(services: ["notification": service]) { rig async throws in
            let token = try #require(try rig.gateway.token(for: .customer(Self.user)))
            // As a browser does it, which cannot set fields.
            let socket = try await rig.server.client.webSocket(
                rig.server.url + "/ws?after=c1", subprotocols: ["souk.v1", "bearer.\(token)"])
            #expect(socket.subprotocol == "souk.v1")
            let got = try #require(service.requests.first)
            #expect(got.target == "/ws?after=c1")
            #expect(got.headers["Authorization"] == "Bearer \(token)")
            #expect(got.headers["Sec-WebSocket-Protocol"] == "souk.v1")
            #expect(got.headers.all("Sec-WebSocket-Key").count == 1)
            #expect(got.headers["Correlation-ID"] != nil)
            #expect(got.headers["X-Forwarded-For"] == "127.0.0.1")
            await socket.close()
        }
    }

    @Test func theCloseOfTheServiceIsKept() async throws {
        try await Self.with(Echo()) { rig async throws in
            let socket = try await Self.open(rig)
            try await socket.send("end")
            for try await _ in socket.messages {}
            #expect(socket.ending == WebSocketError(4401, reason: "expired"))
        }
    }

    @Test func withoutAGoodTokenThereIsNone() async throws {
        let echo = Echo()
        let service = echo.service
        try await GatewayRig.with(services: ["notification": service]) { rig async throws in
            let other = try rig.gateway.token(for: .token("x.y.z")) ?? ""
            for headers in [[:], ["Authorization": "Bearer \(other)"]] as [HTTPHeaders] {
                let answer = try await rig.server.client.upgrade(
                    HTTPClientRequest(.get, rig.server.url + "/ws", headers: headers),
                    subprotocols: ["souk.v1"])
                guard case .refused(let response) = answer else {
                    Issue.record("opened")
                    continue
                }
                #expect(response.status == 401)
                #expect(response.headers["RateLimit"] != nil)
            }
            #expect(service.requests.isEmpty)
        }
    }

    @Test func aRequestThatAsksForNoneIsToldHow() async throws {
        let service = Echo().service
        try await GatewayRig.with(services: ["notification": service]) { rig async throws in
            let plain = try await rig.send(.get, "/ws", headers: Self.fields(rig))
            #expect(plain.status == 426 && plain.headers["Sec-WebSocket-Version"] == "13")
            #expect(service.requests.isEmpty)
        }
    }

    @Test func theRefusalOfTheServiceIsPassedOn() async throws {
        try await Self.with(Echo()) { rig async throws in
            let answer = try await rig.server.client.upgrade(
                HTTPClientRequest(
                    .get, rig.server.url + "/ws?refuse=1", headers: try Self.fields(rig)))
            guard case .refused(let response) = answer else {
                Issue.record("opened")
                return
            }
            #expect(response.status == 503 && response.headers["Retry-After"] == "9")
        }
    }

    @Test(
        arguments: [
            ("unmasked", [0x81, 0x01, 0x61], 1002), ("reserved bit", frame(0xC1, [0x61]), 1002),
            ("reserved opcode", frame(0x83, [0x61]), 1002),
            ("reserved control opcode", frame(0x8B), 1002),
            ("ping in fragments", frame(0x09, [0x61]), 1002),
            ("close in fragments", frame(0x08), 1002),
            ("long ping", [0x89, 0xFE, 0, 126], 1002),
            ("continuation of nothing", frame(0x80, [0x61]), 1002),
            ("text within text", frame(0x01, [0x61]) + frame(0x81, [0x62]), 1002),
            ("length not shortest", [0x81, 0xFE, 0, 1, 0, 0, 0, 0, 0x61], 1002),
            ("length beyond all bounds", [0x82] + [UInt8](repeating: 0xFF, count: 13), 1002),
            ("no UTF-8", frame(0x81, [0xFF]), 1007),
            ("overlong UTF-8", frame(0x81, [0xC0, 0x80]), 1007),
            ("half a character", frame(0x81, [0xE2, 0x82]), 1007),
            ("surrogate", frame(0x81, [0xED, 0xA0, 0x80]), 1007),
            ("over the limit", [0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
            ("close of one byte", frame(0x88, [0x03]), 1002),
            ("close 999", frame(0x88, [0x03, 0xE7]), 1002),
            ("close 1004", frame(0x88, [0x03, 0xEC]), 1002),
            ("close 1005", frame(0x88, [0x03, 0xED]), 1002),
            ("close 1006", frame(0x88, [0x03, 0xEE]), 1002),
            ("close 1015", frame(0x88, [0x03, 0xF7]), 1002),
            ("close 2999", frame(0x88, [0x0B, 0xB7]), 1002),
            ("close 5000", frame(0x88, [0x13, 0x88]), 1002),
            ("close reason that is no UTF-8", frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
        ] as [(String, [UInt8], Int)])
    func whatBreaksTheProtocolEndsHere(name: String, bytes: [UInt8], code: Int) async throws {
        let echo = Echo()
        try await Self.with(echo, settings: ["SOUK_WEBSOCKET_MESSAGE_LIMIT": "1000"]) {
            rig async throws in
            let socket = try await Self.raw(rig)
            try socket.send(bytes)
            let answer = try await socket.read(atLeast: 4)
            #expect(answer[0] == 0x88, "\(name)")
            #expect(Int(answer[2]) << 8 | Int(answer[3]) == code, "\(name)")
            await echo.ended.waitUntilReady()
            #expect(echo.messages.withLock { $0.isEmpty }, "\(name)")
            #expect(echo.endings.withLock { $0.map(\.code) } == [1001], "\(name)")
        }
    }

    @Test func whatWasGoodBeforeTheFaultHasPassed() async throws {
        let echo = Echo()
        try await Self.with(echo) { rig async throws in
            let socket = try await Self.raw(rig)
            try socket.send(Self.frame(0x81, [0x61]))
            _ = try await socket.read(atLeast: 3)
            try socket.send(Self.frame(0xF1))
            await echo.ended.waitUntilReady()
            #expect(echo.messages.withLock { $0 } == [.text("a")])
        }
    }

    @Test func aClientThatVanishesIsTold() async throws {
        let echo = Echo()
        try await Self.with(echo) { rig async throws in
            do { _ = try await Self.raw(rig) }
            await echo.ended.waitUntilReady()
            #expect(echo.endings.withLock { $0.map(\.code) } == [1001])
        }
    }

    @Test func aClientThatIsSilentForTooLongIsGivenUp() async throws {
        let echo = Echo()
        try await Self.with(echo, settings: ["SOUK_WEBSOCKET_PING": "50ms"]) { rig async throws in
            // It is asked by ping, and does not answer; the end may come right behind.
            let socket = try await Self.raw(rig)
            #expect(try await socket.read(atLeast: 2).prefix(2) == [0x89, 0])
            await echo.ended.waitUntilReady()
            #expect(echo.endings.withLock { $0.map(\.code) } == [1001])
        }
    }

    @Test func whatCarriesNothingIsClosed() async throws {
        try await Self.with(Echo(), settings: ["SOUK_WEBSOCKET_IDLE": "50ms"]) {
            rig async throws in
            let socket = try await Self.open(rig)
            for try await _ in socket.messages {}
            #expect(socket.ending?.code == 4408)
        }
    }

    @Test func whoDoesNotReadHoldsTheServiceBack() async throws {
        let echo = Echo()
        try await Self.with(echo) { rig async throws in
            let socket = try await Self.open(rig)
            try await socket.send("big")
            var count = 0
            for try await message in socket.messages {
                guard case .binary(let bytes) = message else { continue }
                #expect(bytes.count == 100_000)
                count += 1
                if count == 40 { break }
            }
            #expect(count == 40)
            await socket.close()
        }
    }

    @Test func oneUserHasOnlySoMany() async throws {
        let settings = ["SOUK_WEBSOCKETS_PER_CLIENT": "2", "SOUK_WEBSOCKETS": "3"]
        try await Self.with(Echo(), settings: settings) { rig async throws in
            let sockets = [try await Self.open(rig), try await Self.open(rig)]
            let request = HTTPClientRequest(
                .get, rig.server.url + "/ws", headers: try Self.fields(rig))
            guard case .refused(let response) = try await rig.server.client.upgrade(request) else {
                Issue.record("opened")
                return
            }
            #expect(response.status == 429 && response.headers["Retry-After"] != nil)
            for socket in sockets { await socket.close() }
        }
    }

    @Test func theStopOfTheGatewayIsSaid() async throws {
        let echo = Echo()
        let socket = try await Self.with(echo) { rig async throws in
            let socket = try await Self.raw(rig)
            try socket.send(Self.frame(0x81, [0x61]))
            _ = try await socket.read(atLeast: 3)
            return socket
        }
        // The rig has stopped its servers.
        let answer = try await socket.read(atLeast: 4)
        #expect(answer[0] == 0x88 && Int(answer[2]) << 8 | Int(answer[3]) == 1001)
        #expect(echo.endings.withLock { $0.map(\.code) } == [1001])
    }
}
