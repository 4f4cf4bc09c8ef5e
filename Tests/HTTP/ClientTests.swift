import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct ClientTests {
    @Test func connectionsAreUsedAgain() async throws {
        try await LoopbackServer.with({ request in
            _ = try await request.body.collect(upTo: 100)
            return .text("ok")
        }) { server async throws in
            for _ in 0..<5 {
                let response = try await server.client.send(
                    HTTPClientRequest(.post, server.url, body: .bytes([1, 2, 3])))
                #expect(try await response.body.collect(upTo: 10) == Array("ok".utf8))
            }
            let measured = server.metrics.render()
            #expect(measured.contains("http_server_connections 1\n"))
            #expect(measured.contains("http_server_requests_total 5\n"))
        }
    }

    @Test func requestsBeyondTheConnectionsWaitForOne() async throws {
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = 2
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        try await LoopbackServer.with(
            clientLimits: limits,
            { _ in
                most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                for _ in 0..<20 { await Task.yield() }
                running.subtract(1, ordering: .relaxed)
                return .text("ok")
            }
        ) { server async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let response = try await server.client.send(
                            HTTPClientRequest(.get, server.url))
                        _ = try await response.body.collect(upTo: 10)
                        return response.status.code
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
        #expect(most.load(ordering: .relaxed) <= 2)
    }

    @Test func bodiesGoOutAndComeInPieceByPiece() async throws {
        try await LoopbackServer.with({ request in
            let body = request.body
            return HTTPResponse(
                body: .stream(length: nil) { writer in
                    for try await chunk in body { try await writer.write(chunk) }
                })
        }) { server async throws in
            let response = try await server.client.send(
                HTTPClientRequest(
                    .post, server.url,
                    body: .stream(length: nil) { writer in
                        for _ in 0..<50 {
                            try await writer.write([UInt8](repeating: 7, count: 10_000))
                        }
                    }))
            var count = 0
            for try await chunk in response.body { count += chunk.count }
            #expect(count == 500_000)
        }
    }

    @Test func anAnswerThatDoesNotComeIsATimeout() async throws {
        let isOver = Lifecycle()
        try await LoopbackServer.with({ _ in
            await isOver.waitUntilReady()
            return .text("late")
        }) { server async throws in
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await server.client.send(
                    HTTPClientRequest(.get, server.url, timeout: .milliseconds(50)))
            }
            #expect(error?.code == .timedOut && error?.isRetriable == true)
            isOver.ready()
        }
    }

    @Test func nobodyThereIsARefusedConnection() async throws {
        let loop = EventLoop(name: "client")
        let client = HTTPClient(loop: loop)
        let error = await #expect(throws: HTTPClientError.self) {
            _ = try await client.send(HTTPClientRequest(.get, "http://127.0.0.1:1/"))
        }
        #expect(error?.code == .connect)
        await client.close()
        loop.stop()
    }

    @Test(arguments: [
        "ftp://a/", "http:///x", "http://u@a/", "http://a:0/", "http://a/ b", "nothing", "",
    ])
    func urlsThatAreNoneAreRefused(url: String) async throws {
        let loop = EventLoop(name: "client")
        let client = HTTPClient(loop: loop)
        let error = await #expect(throws: HTTPClientError.self) {
            _ = try await client.send(HTTPClientRequest(.get, url))
        }
        #expect(error?.code == .invalidURL)
        await client.close()
        loop.stop()
    }

    @Test func fieldsAndMethodsCannotBreakOutOfTheirLine() async throws {
        try await LoopbackServer.with({ _ in .text("ok") }) { server async throws in
            for request in [
                HTTPClientRequest(.get, server.url, headers: ["X": "a\r\nY: b"]),
                HTTPClientRequest(HTTPMethod(rawValue: "GET /x HTTP/1.1\r\nA:"), server.url),
            ] {
                let error = await #expect(throws: HTTPClientError.self) {
                    _ = try await server.client.send(request)
                }
                #expect(error?.code == .invalidRequest)
            }
        }
    }

    @Test func anAnswerThatBreaksOffIsNoAnswer() async throws {
        try await LoopbackServer.with({ _ in
            HTTPResponse(
                body: .stream(length: 100_000) { writer in
                    try await writer.write([UInt8](repeating: 1, count: 70_000))
                    throw HTTPBodyError.incomplete
                })
        }) { server async throws in
            let response = try await server.client.send(HTTPClientRequest(.get, server.url))
            await #expect(throws: HTTPBodyError.self) {
                _ = try await response.body.collect(upTo: 1 << 20)
            }
        }
    }

    @Test func aBodyOfMoreThanItsReaderTakesIsRefused() async throws {
        try await LoopbackServer.with({ _ in .text("twelve bytes") }) { server async throws in
            let response = try await server.client.send(HTTPClientRequest(.get, server.url))
            await #expect(throws: HTTPBodyError.tooLarge(limit: 11)) {
                _ = try await response.body.collect(upTo: 11)
            }
        }
    }
}
