import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct WebSocketTests {
    /// Says everything back; `bye` closes.
    private static func echo(_ limits: WebSocketLimits = WebSocketLimits()) -> HTTPHandler {
        { _ in
            .webSocket(
                WebSocketHandler(limits: limits, subprotocol: "echo") { socket in
                    for try await message in socket.messages {
                        switch message {
                        case .text("bye"): return
                        case .text(let text): try await socket.send(text)
                        case .binary(let bytes): try await socket.send(bytes)
                        }
                    }
                })
        }
    }

    private static let handshake =
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    /// A masked frame of less than 126 bytes; the mask is zero, so that its payload can be read.
    private static func frame(_ first: UInt8, _ payload: String = "") -> [UInt8] {
        [first, 0x80 | UInt8(payload.utf8.count), 0, 0, 0, 0] + Array(payload.utf8)
    }

    private static func opened(_ server: LoopbackServer) async throws -> RawSocket {
        let socket = try server.connect()
        try socket.send(handshake)
        let answer = try await socket.read(until: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 101 "))
        // The example of RFC 6455 §1.3.
        #expect(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        return socket
    }

    @Test func messagesGoBothWays() async throws {
        try await LoopbackServer.with(Self.echo()) { server async throws in
            let url = "ws://127.0.0.1:\(server.port)/"
            let socket = try await server.client.webSocket(url, subprotocols: ["x", "echo"])
            #expect(socket.subprotocol == "echo")
            var messages = socket.messages.makeAsyncIterator()
            try await socket.send("grüß dich")
            #expect(try await messages.next() == .text("grüß dich"))
            let large = [UInt8](repeating: 9, count: 70_000)
            try await socket.send(large)
            #expect(try await messages.next() == .binary(large))
            try await socket.send("bye")
            #expect(try await messages.next() == nil)
            await socket.close()
        }
    }

    @Test func fragmentsBecomeOneMessageAndPingsMayComeBetween() async throws {
        try await LoopbackServer.with(Self.echo()) { server async throws in
            let socket = try await Self.opened(server)
            try socket.send(
                Self.frame(0x01, "one ") + Self.frame(0x89, "p") + Self.frame(0x00, "two ")
                    + Self.frame(0x80, "three"))
            let answer = try await socket.read(atLeast: 3 + 2 + 13)
            #expect(
                answer == [0x8A, 1] + Array("p".utf8) + [0x81, 13] + Array("one two three".utf8))
        }
    }

    @Test(
        arguments: [
            ("unmasked", [0x81, 0x01, 0x61], 1002), ("reserved bit", frame(0xC1, "a"), 1002),
            ("reserved opcode", frame(0x83, "a"), 1002),
            ("fragmented ping", frame(0x09, "a"), 1002),
            ("continuation of nothing", frame(0x80, "a"), 1002),
            ("text within text", frame(0x01, "a") + frame(0x81, "b"), 1002),
            ("text that is no UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
            ("length not shortest", [0x81, 0xFE, 0, 1, 0, 0, 0, 0, 0x61], 1002),
            ("long ping", [0x89, 0xFE, 0, 126], 1002),
            ("close of one byte", frame(0x88, "a"), 1002),
            ("close with a reserved code", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002),
            ("frame over the limit", [0x82, 0xFE, 0x10, 0x00, 0, 0, 0, 0], 1009),
            (
                "message over the limit",
                frame(0x02, String(repeating: "a", count: 100))
                    + frame(0x80, String(repeating: "a", count: 60)), 1009
            ),

        ] as [(String, [UInt8], Int)])
    func whatBreaksTheProtocolClosesWithItsCode(
        name: String, bytes: [UInt8], code: Int
    ) async throws {
        var limits = WebSocketLimits()
        limits.frameBytes = 1_000
        limits.messageBytes = 150
        // However long the machine takes, nobody is pinged.
        limits.pingAfter = .seconds(3_600)
        try await LoopbackServer.with(Self.echo(limits)) { server async throws in
            let socket = try await Self.opened(server)
            try socket.send(bytes)
            let answer = try await socket.read(atLeast: 4).prefix(4)
            #expect(answer.first == 0x88, "\(name)")
            #expect(Array(answer.suffix(2)) == [UInt8(code >> 8), UInt8(code & 255)], "\(name)")
        }
    }

    @Test func aCloseIsAgreedToWithTheSameCode() async throws {
        try await LoopbackServer.with(Self.echo()) { server async throws in
            let socket = try await Self.opened(server)
            try socket.send([0x88, 0x85, 0, 0, 0, 0, 0x0F, 0xA1] + Array("end".utf8))
            let answer = try await socket.read(atLeast: 4)
            #expect(Array(answer.prefix(4)) == [0x88, 2, 0x0F, 0xA1])
            #expect(try await socket.readToEnd().isEmpty)
        }
    }

    @Test func aSilentPeerIsPingedAndThenGivenUp() async throws {
        var limits = WebSocketLimits()
        limits.pingAfter = .milliseconds(50)
        try await LoopbackServer.with(Self.echo(limits)) { server async throws in
            let socket = try await Self.opened(server)
            #expect(try await socket.read(atLeast: 2).prefix(2) == [0x89, 0])
            _ = try await socket.readToEnd()
        }
    }

    @Test(arguments: [
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short"), ("Upgrade: websocket", "Upgrade: h2c"),
        ("Connection: Upgrade", "Connection: keep-alive"),
    ])
    func aHandshakeThatIsNoneIsToldHow(right: String, wrong: String) async throws {
        try await LoopbackServer.with(Self.echo()) { server async throws in
            let socket = try server.connect()
            try socket.send(Self.handshake.replacing(right, with: wrong))
            let answer = try await socket.read(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 426 "))
            #expect(answer.contains("Sec-WebSocket-Version: 13"))
        }
    }

    @Test func anOpenOneIsNoRequestInFlight() async throws {
        var limits = HTTPLimits()
        limits.requestsInFlight = 1
        try await LoopbackServer.with(
            limits: limits,
            { request in
                request.path == "/ws" ? try await Self.echo()(request) : .text("room")
            }
        ) { server async throws in
            let first = try await Self.opened(server)
            let second = try await Self.opened(server)
            let answer = try await server.client.send(HTTPClientRequest(.get, server.url))
            #expect(answer.status == 200)
            withExtendedLifetime((first, second)) {}
        }
    }

    @Test func bothSidesLearnHowItEnded() async throws {
        let seen = Mutex<WebSocketError?>(nil)
        let isOver = Lifecycle()
        try await LoopbackServer.with({ _ in
            .webSocket(
                WebSocketHandler { socket in
                    for try await _ in socket.messages {}
                    seen.withLock { $0 = socket.ending }
                    isOver.ready()
                })
        }) { server async throws in
            let socket = try await server.client.webSocket("ws://127.0.0.1:\(server.port)/")
            #expect(socket.ending == nil)
            await socket.close(4001, reason: "done")
            await isOver.waitUntilReady()
            #expect(seen.withLock { $0 } == WebSocketError(4001, reason: "done"))
            #expect(socket.ending == WebSocketError(4001, reason: "done"))
        }
    }

    @Test func whoTakesNothingIsGivenUp() async throws {
        var limits = WebSocketLimits()
        limits.pingAfter = .milliseconds(50)
        let ended = Lifecycle()
        try await LoopbackServer.with({ [limits] _ in
            .webSocket(
                WebSocketHandler(limits: limits) { socket in
                    defer { ended.ready() }
                    while true { try await socket.send([UInt8](repeating: 1, count: 65_536)) }
                })
        }) { server async throws in
            // It goes on sending, so that it is not silent, and reads nothing.
            let socket = try await Self.opened(server)
            let chatter = Task.detached {
                while !Task.isCancelled {
                    try socket.send(Self.frame(0x8A))
                    await Task.yield()
                }
            }
            await ended.waitUntilReady()
            chatter.cancel()
        }
    }

    @Test func anUpgradeThatIsRefusedBringsTheAnswer() async throws {
        try await LoopbackServer.with({ _ in .text("no", status: 403) }) { server async throws in
            let answer = try await server.client.upgrade(HTTPClientRequest(.get, server.url))
            guard case .refused(let response) = answer else {
                Issue.record("opened")
                return
            }
            #expect(response.status == 403)
            #expect(try await response.body.collect(upTo: 10) == Array("no".utf8))
        }
    }
}
