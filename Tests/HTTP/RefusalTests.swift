import HTTP
import Runtime
import TestSupport
import Testing

/// What is refused for its size, its slowness or its number. Messages that are refused for their
/// form stand in `Hostile`, and are played by the gateway's tests against both kinds of server.
@Suite struct RefusalTests {
    private static var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.linger = .milliseconds(50)
        return limits
    }

    @Test func aBodyThatIsToldTooLargeIsRefusedUnread() async throws {
        try await LoopbackServer.with(limits: Self.limits, { _ in .text("read") }) {
            server async throws in
            let answer = try await server.exchange(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test func aHeaderThatTricklesInIsNotWaitedFor() async throws {
        var limits = Self.limits
        limits.headerRead = .milliseconds(100)
        try await LoopbackServer.with(limits: limits, { _ in .text("read") }) {
            server async throws in
            let socket = try server.connect()
            try socket.send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            let answer = try await socket.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func aBodyThatNeverComesIsNotWaitedFor() async throws {
        var limits = Self.limits
        limits.stall = .milliseconds(100)
        let handler: HTTPHandler = { request in
            _ = try await request.body.collect(upTo: 100)
            return .text("read")
        }
        try await LoopbackServer.with(limits: limits, handler) { server async throws in
            let socket = try server.connect()
            try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(try await !socket.readToEnd().contains("read"))
        }
    }

    @Test func idleConnectionsAreClosedWithoutAWord() async throws {
        var limits = Self.limits
        limits.idle = .milliseconds(50)
        try await LoopbackServer.with(limits: limits, { _ in .text("read") }) {
            server async throws in
            #expect(try await server.connect().readToEnd().isEmpty)
        }
    }

    @Test func whoOnlySitsThereKeepsNobodyOut() async throws {
        var limits = Self.limits
        limits.connections = 3
        limits.idleWhenFull = .zero
        let begun = Lifecycle()
        let ended = Lifecycle()
        try await LoopbackServer.with(
            limits: limits,
            { request in
                if request.path == "/slow" {
                    begun.ready()
                    await ended.waitUntilReady()
                }
                return .text("hello")
            }
        ) { server async throws in
            let busy = try server.connect()
            try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.waitUntilReady()
            var sitting: [RawSocket] = []
            for _ in 0..<20 { sitting.append(try server.connect()) }
            // Who comes is served, and so is who had asked before.
            for _ in 0..<5 {
                let socket = try server.connect()
                try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await socket.read(until: "hello")
                sitting.append(socket)
            }
            ended.ready()
            _ = try await busy.read(until: "hello")
        }
    }

    /// One client held all of them with bodies that never came, and kept everybody out for as long
    /// as it liked.
    @Test func whoHoldsThemAllGivesWayToOthersAndNotToItself() async throws {
        var limits = Self.limits
        limits.connections = 20
        limits.idleWhenFull = .seconds(600)
        limits.stall = .seconds(600)
        let handler: HTTPHandler = { request in
            _ = try await request.body.collect(upTo: 100)
            return .text("hello")
        }
        try await LoopbackServer.with(limits: limits, handler) { server async throws in
            var slow: [RawSocket] = []
            for _ in 0..<limits.connections {
                let socket = try server.connect()
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
                slow.append(socket)
            }
            let itself = try await server.connect().readToEnd()
            #expect(itself.hasPrefix("HTTP/1.1 503 "))
            for source in ["127.0.0.2", "127.0.0.3"] {
                let other = try RawSocket(port: server.port, from: source)
                try other.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
                _ = try await other.read(until: "hello")
            }
        }
    }

    @Test func connectionsBeyondTheLimitAreTurnedAway() async throws {
        var limits = Self.limits
        limits.connections = 1
        try await LoopbackServer.with(limits: limits, { _ in .text("hello") }) {
            server async throws in
            let first = try server.connect()
            try first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first.read(until: "hello")
            let second = try await server.connect().readToEnd()
            #expect(second.hasPrefix("HTTP/1.1 503 ") && second.contains("Retry-After: 1"))
        }
    }
}

extension String {
    /// How often `part` is in it.
    func components(_ part: String) -> Int { ranges(of: part).count }
}
