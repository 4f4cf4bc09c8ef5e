import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

@Suite struct LiveSocketTests {
    @Test(.timeLimit(.minutes(10)))
    func whatHappensIsToldOnEveryDeviceAtOnce() async throws {
        try await LiveScene.with { scene in
            let old = try await scene.raise(1)
            await scene.harness.settle()
            let phone = try await scene.connect()
            #expect(phone.socket.subprotocol == "souk.v1")
            let hello = try #require(try await phone.next())
            #expect(hello.type == .hello)
            #expect(hello.unread == 1)
            #expect(hello.heartbeatSeconds == 25)
            let laptop = try await scene.connect()
            #expect(try await laptop.next()?.type == .hello)
            let stranger = try await scene.connect(LiveScene.bob)
            #expect(try await stranger.next()?.unread == 0)

            let new = try await scene.raise(2)
            for device in [phone, laptop] {
                let frame = try #require(try await device.next())
                #expect(frame.type == .notification)
                #expect(frame.notification?.id == new)
                #expect(frame.notification?.isRead == false)
            }
            try await phone.socket.send(#"{"type":"read","notification_id":"\#(old)"}"#)
            for device in [phone, laptop] {
                let frame = try #require(try await device.next())
                #expect(frame.type == .read)
                #expect(frame.notificationID == old)
            }
            try await scene.commit(2, .remove(by: LiveScene.ann, at: scene.harness.clock.now()))
            for device in [phone, laptop] {
                #expect(try await device.next()?.type == .removed)
            }
            try await stranger.socket.send(#"{"type":"read","notification_id":"\#(old)"}"#)
            let refusal = try #require(try await stranger.next())
            #expect(refusal.type == .error)
            #expect(refusal.problem == "not-found")
            try await stranger.socket.send(#"{"type":"ping"}"#)
            #expect(try await stranger.next()?.type == .pong)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func whoComesBackHearsWhatWasMissed() async throws {
        try await LiveScene.with { scene in
            let first = try await scene.connect()
            let hello = try #require(try await first.next())
            try await scene.raise(1)
            let told = try #require(try await first.next())
            await first.socket.close()
            try await scene.raise(2)
            try await scene.raise(3, channels: .emailOnly)
            try await scene.raise(4, to: LiveScene.bob)
            try await scene.commit(1, .read(by: LiveScene.ann, at: scene.harness.clock.now()))
            let second = try await scene.connect(after: told.cursor)
            let again = try #require(try await second.next())
            #expect(again.type == .hello)
            #expect(again.cursor == told.cursor)
            let missed = [try await second.next(), try await second.next()]
            #expect(missed.map { $0?.type } == [.notification, .read])
            #expect(missed[0]?.notification?.id == LiveWorld.id(2))
            try await scene.raise(5)
            #expect(try await second.next()?.notification?.id == LiveWorld.id(5))
            // The polling twin says the same.
            await scene.harness.settle()
            let polled = try await scene.poll(after: told.cursor)
            #expect(polled.map(\.type) == [.hello, .notification, .read, .notification])
            #expect(polled.dropFirst().prefix(2).map { $0 } == missed.compactMap { $0 })
            #expect(try await scene.poll(after: polled.last?.cursor).map(\.type) == [.hello])
            #expect(try await scene.poll().map(\.type) == [.hello])
            // Read before it was told: told as it is now.
            let whole = try await scene.poll(after: hello.cursor)
            #expect(whole.map(\.type) == [.hello, .notification, .notification, .notification])
            #expect(
                Set(whole.compactMap(\.notification).filter(\.isRead).map(\.id)) == [
                    LiveWorld.id(1)
                ])
            let alien = try await scene.connect(after: LiveCursor(1_000_000))
            #expect(try await alien.next()?.type == .hello)
            #expect(try await alien.next()?.type == .reset)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func nobodyConnectsWithoutAGoodToken() async throws {
        try await LiveScene.with { scene in
            let handshake = [
                "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            ]
            let token = try #require(try scene.harness.token(for: .customer(LiveScene.ann)))
            for (protocols, status) in [
                ("", 401), ("souk.v1", 401), ("souk.v1, bearer.", 401),
                ("souk.v1, bearer.\(token)x", 401), ("bearer.\(token), bearer.\(token)", 401),
                ("souk.v1, bearer.\(token)", 101),
            ] {
                var headers = handshake
                if !protocols.isEmpty { headers["Sec-WebSocket-Protocol"] = protocols }
                let response = try await scene.harness.call(
                    .get, "/ws", headers: headers)
                #expect(response.status.code == status, "\(protocols)")
                if status == 401 { #expect(response.problem == "unauthenticated") }
            }
            // Without an upgrade a subprotocol proves nothing.
            let response = try await scene.harness.call(
                .get, "/api/v1/notifications/live",
                headers: ["Sec-WebSocket-Protocol": "bearer.\(token)"])
            #expect(response.status == 401)
            let wrong = try await scene.harness.call(
                .get, "/ws?after=x", as: .customer(LiveScene.ann), headers: handshake)
            #expect(wrong.status == 422)
            let socket = try await scene.client.webSocket(
                "ws://127.0.0.1:\(scene.port)/ws", subprotocols: ["souk.v1", "bearer.\(token)"])
            #expect(socket.subprotocol == "souk.v1")
            await socket.close()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func whatIsNoMessageClosesWithItsCode() async throws {
        try await LiveScene.with { scene in
            for text in [
                "", "x", "{}", #"{"type":"other"}"#, #"{"type":"read"}"#,
                #"{"type":"read","notification_id":"x"}"#, "[[[[[[[[[[]]]]]]]]]]",
            ] {
                let device = try await scene.connect()
                try await device.socket.send(text)
                #expect(try await device.closeCode() == 1008, "\(text)")
            }
            let binary = try await scene.connect()
            try await binary.socket.send([1, 2, 3])
            #expect(try await binary.closeCode() == 1003)
            let large = try await scene.connect()
            try await large.socket.send(String(repeating: "a", count: 5_000))
            #expect(try await large.closeCode() == 1009)
            let eager = try await scene.connect()
            // On a busy machine a hundred may take more than the minute that they are counted in.
            // What is still on its way when the server closes can cost the client its reason.
            await #expect(throws: WebSocketError.self) {
                while true { try await eager.socket.send(#"{"type":"ping"}"#) }
            }
            let code = (try? await eager.closeCode()) ?? 1006
            #expect([4429, 1006].contains(code))
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aConnectionEndsWithItsTokenAndWithTheServer() async throws {
        try await LiveScene.with { scene in
            let device = try await scene.connect()
            #expect(try await device.next()?.type == .hello)
            scene.harness.clock.advance(by: .seconds(901))
            #expect(try await device.closeCode() == 4401)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aServerThatGoesAwaySaysSo() async throws {
        let loop = EventLoop(name: "going")
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(port: 0), loops: [loop], logger: .silent,
            metrics: Metrics()
        ) { _ in
            .webSocket(
                WebSocketHandler(limits: LiveHub.limits) { socket in
                    for try await _ in socket.messages {}
                })
        }
        try await server.start()
        let client = HTTPClient(loop: loop)
        let device = LiveDevice(try await client.webSocket("ws://127.0.0.1:\(server.port)/"))
        async let end: Void = server.shutDown()
        #expect(try await device.closeCode() == 1001)
        await end
        await client.close()
        loop.stop()
    }
}
