import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

/// Clients that leave before they are answered.
@Suite(.timeLimit(.minutes(10))) struct GivenUpTests {
    /// Waits for its cancellation, and tells of it.
    private struct Waiting: Sendable {
        let loop = EventLoop(name: "waiting")
        let begun = Lifecycle()
        let cancelled = Lifecycle()

        @Sendable func respond(to request: HTTPRequest) async throws -> HTTPResponse {
            begun.ready()
            do {
                try await loop.sleep(for: .seconds(600))
            } catch {
                cancelled.ready()
                throw error
            }
            return .text("late")
        }
    }

    private static let head = "HTTP/1.1\r\nHost: a\r\n"

    @Test(arguments: [
        "GET / \(head)\r\n", "POST / \(head)Content-Length: 3\r\n\r\nab",
        "PUT / \(head)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ])
    func theHandlerOfAQuestionOrOfHalfACommandIsCancelled(message: String) async throws {
        let waiting = Waiting()
        try await LoopbackServer.with(waiting.respond) { server async throws in
            do {
                let socket = try server.connect()
                try socket.send(message)
                await waiting.begun.waitUntilReady()
            }
            await waiting.cancelled.waitUntilReady()
        }
        waiting.loop.stop()
    }

    /// Waits for permission to end, and tells whether it was cancelled meanwhile.
    private final class Working: Sendable {
        let begun = Lifecycle()
        let released = Lifecycle()
        let ended = Lifecycle()
        private let wasCancelled = Atomic<Bool>(false)

        /// Whether it had its time and its request.
        var isWhole: Bool { !wasCancelled.load(ordering: .relaxed) }

        @Sendable func respond(to request: HTTPRequest) async throws -> HTTPResponse {
            begun.ready()
            await released.waitUntilReady()
            let body = try await request.body.collect(upTo: 100)
            wasCancelled.store(Task.isCancelled || body != Array("abc".utf8), ordering: .relaxed)
            ended.ready()
            return .text("nobody reads this")
        }
    }

    private static func noConnections(_ server: LoopbackServer) async {
        while !server.metrics.render().contains("http_server_connections 0\n") {
            await Task.yield()
        }
    }

    /// As a network does that reports a sale and does not wait for the answer.
    @Test(arguments: [
        "POST / \(head)Content-Length: 3\r\n\r\nabc",
        "POST / \(head)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func aWholeCommandIsCarriedOut(message: String) async throws {
        let working = Working()
        try await LoopbackServer.with(working.respond) { server async throws in
            do {
                let socket = try server.connect()
                try socket.send(message)
                await working.begun.waitUntilReady()
            }
            if !message.contains("1.0") { await Self.noConnections(server) }
            working.released.ready()
            await working.ended.waitUntilReady()
            #expect(working.isWhole)
        }
    }

    @Test func aCommandNobodyWaitsForHasNoMoreTimeThanOthers() async throws {
        let waiting = Waiting()
        var limits = HTTPLimits()
        limits.total = .milliseconds(200)
        try await LoopbackServer.with(limits: limits, waiting.respond) { server async throws in
            do {
                let socket = try server.connect()
                try socket.send("POST / \(Self.head)Content-Length: 3\r\n\r\nabc")
                await waiting.begun.waitUntilReady()
            }
            await waiting.cancelled.waitUntilReady()
        }
        waiting.loop.stop()
    }

    @Test func theServerEndsWhenItsCommandsHave() async throws {
        let working = Working()
        try await LoopbackServer.with(working.respond) { server async throws in
            do {
                let socket = try server.connect()
                try socket.send("POST / \(Self.head)Content-Length: 3\r\n\r\nabc")
                await working.begun.waitUntilReady()
            }
            await Self.noConnections(server)
            server.loop.submit { working.released.ready() }
        }
        // The server is shut down by now.
        #expect(working.isWhole)
    }

    @Test func aClientOfOursThatGivesUpIsNoticed() async throws {
        let waiting = Waiting()
        try await LoopbackServer.with(waiting.respond) { server async throws in
            let request = Task { try await server.client.send(HTTPClientRequest(.get, server.url)) }
            await waiting.begun.waitUntilReady()
            request.cancel()
            await waiting.cancelled.waitUntilReady()
            await #expect(throws: CancellationError.self) { try await request.value }
        }
        waiting.loop.stop()
    }

    @Test func whoOnlySendsNoMoreIsAnswered() async throws {
        let isTime = Lifecycle()
        try await LoopbackServer.with({ _ in
            await isTime.waitUntilReady()
            return .text("patience")
        }) { server async throws in
            let socket = try server.connect()
            try socket.send("GET / \(Self.head)\r\n")
            socket.finishSending()
            // It has been asked whether it is still there, which it need not answer.
            let interim = try await socket.read(until: "\r\n\r\n")
            #expect(interim == "HTTP/1.1 102 Processing\r\n\r\n")
            isTime.ready()
            #expect(try await socket.readToEnd().contains("patience"))
        }
    }

    @Test func thoseBehindItInTheLineAreNotBegun() async throws {
        let waiting = Waiting()
        try await LoopbackServer.with({ request in
            if request.path == "/second" { Issue.record("begun") }
            return try await waiting.respond(to: request)
        }) { server async throws in
            do {
                let socket = try server.connect()
                try socket.send("GET / \(Self.head)\r\nGET /second \(Self.head)\r\n")
                await waiting.begun.waitUntilReady()
            }
            await waiting.cancelled.waitUntilReady()
        }
        waiting.loop.stop()
    }
}
