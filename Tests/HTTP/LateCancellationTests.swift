import Runtime
import TestSupport
import Testing

@testable import HTTP

@Suite struct LateCancellationTests {
    @Test func itLeavesTheConnectionToTheRequestThatHasItNow() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (freed, free) = AsyncStream.makeStream(of: Void.self)
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = 1
        try await LoopbackServer.with({ request in
            guard request.path == "/slow" else { return .text("quick") }
            ask.finish()
            for await _ in freed {}
            return .text("slow")
        }) { [limits] server async throws in
            let loop = server.loop
            let pool = ClientPool(loop: loop, limits: limits, trust: .system)
            let first = try Self.exchange(server.url)
            _ = try await Self.send(first, pool)
            async let slow = Self.send(try Self.exchange(server.url + "/slow"), pool)
            for await _ in asked {}
            try await loop.run { pool.cancel(first) }
            free.finish()
            guard case .response(let response) = try await slow else {
                return #expect(Bool(false), "upgraded unasked")
            }
            #expect(response.status == .ok)
            try await loop.run { pool.close() }
        }
    }

    private static func exchange(_ text: String) throws -> ClientExchange {
        ClientExchange(
            HTTPClientRequest(.get, text), try #require(HTTPURL(text)), webSocket: nil)
    }

    private static func send(
        _ exchange: ClientExchange, _ pool: ClientPool
    ) async throws -> ClientExchange.Outcome {
        try await withUnsafeThrowingContinuation { continuation in
            pool.loop.submit { pool.start(exchange, continuation) }
        }
    }
}
