import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct ServerTests {
    /// Answers with what it got: method, target, and the body's size and text.
    private static let echo: HTTPHandler = { request in
        let body = try await request.body.collect(upTo: 1 << 20)
        let text = String(decoding: body.prefix(100), as: UTF8.self)
        return .text("<\(request.method) \(request.target) \(body.count) \(text)>")
    }

    @Test func answersOfPipelinedRequestsComeInOrder() async throws {
        try await LoopbackServer.with({ request in
            // The first is the slowest.
            if request.path == "/1" { for _ in 0..<100 { await Task.yield() } }
            return .text("<\(request.path)>")
        }) { server async throws in
            let socket = try server.connect()
            try socket.send(
                (1...3).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
                    + "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = try await socket.readToEnd()
            let places = (1...4).compactMap { answer.firstRange(of: "</\($0)>")?.lowerBound }
            #expect(places.count == 4 && places == places.sorted())
            #expect(answer.components("Connection: close") == 1)
        }
    }

    @Test func aConnectionStaysUntilSomebodyWantsItClosed() async throws {
        try await LoopbackServer.with(Self.echo) { server async throws in
            let socket = try server.connect()
            for number in 1...3 {
                try socket.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try await socket.read(until: "<GET /\(number) 0 >")
                #expect(!answer.contains("Connection:"))
            }
            let old = try await server.exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(old.contains("Connection: close") && old.contains("<GET / 0 >"))
            let kept = try server.connect()
            try kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await kept.read(until: ">").contains("Connection: keep-alive"))
        }
    }

    @Test func permissionToSendIsGivenWhenTheBodyIsWanted() async throws {
        try await LoopbackServer.with({ request in
            if request.path == "/no" { return .text("no", status: 403) }
            return try await Self.echo(request)
        }) { server async throws in
            let head = "HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            let socket = try server.connect()
            try socket.send("POST /yes \(head)")
            let interim = try await socket.read(until: "\r\n\r\n")
            #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
            try socket.send("hello")
            #expect(try await socket.read(until: ">").contains("<POST /yes 5 hello>"))
            // Refused without the body: it cannot be known whether it still comes.
            let refused = try await server.exchange("POST /no \(head)")
            #expect(refused.hasPrefix("HTTP/1.1 403 ") && refused.contains("Connection: close"))
        }
    }

    @Test func chunkedBodiesComeInWithExtensionsAndTrailers() async throws {
        try await LoopbackServer.with(Self.echo) { server async throws in
            let answer = try await server.exchange(
                "POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + "3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n")
            #expect(answer.contains("<POST /c 13 abc0123456789>"))
        }
    }

    @Test func anythingMayArriveInAnyPieces() async throws {
        let message =
            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + "5\r\nhello\r\n0\r\n\r\n"
        try await LoopbackServer.with(Self.echo) { server async throws in
            for size in [1, 2, 7] {
                let socket = try server.connect()
                let bytes = Array(message.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try socket.send(Array(bytes[start..<min(start + size, bytes.count)]))
                }
                #expect(try await socket.readToEnd().contains("<POST /p 5 hello>"))
            }
        }
    }

    @Test func streamsOfUnknownLengthGoOutInChunks() async throws {
        try await LoopbackServer.with({ _ in
            HTTPResponse(
                body: .stream(length: nil) { writer in
                    for part in ["one", "", "two"] { try await writer.write(part) }
                })
        }) { server async throws in
            let new = try await server.exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(new.hasSuffix("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
            #expect(new.contains("Transfer-Encoding: chunked"))
            let old = try await server.exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(old.hasSuffix("\r\n\r\nonetwo") && !old.contains("chunked"))
        }
    }

    @Test func aStreamThatIsShorterThanItSaidEndsTheConnection() async throws {
        try await LoopbackServer.with({ _ in
            HTTPResponse(body: .stream(length: 100) { try await $0.write("short") })
        }) { server async throws in
            let answer = try await server.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.contains("Content-Length: 100") && answer.hasSuffix("short"))
        }
    }

    @Test func aConnectionGoesOnAfterAnAnswerThatWasTooLargeForTheNetwork() async throws {
        let large = [UInt8](repeating: 0x78, count: 32 << 20)
        let loop = EventLoop(name: "client")
        defer { loop.stop() }
        try await LoopbackServer.with({ request in
            request.path == "/large" ? .bytes(large, type: "text/plain") : .text("small")
        }) { server async throws in
            let client = HTTPClient(loop: loop)
            for _ in 0..<2 {
                let first = try await client.send(
                    HTTPClientRequest(.get, "http://127.0.0.1:\(server.port)/large"))
                #expect(try await first.body.collect(upTo: large.count).count == large.count)
                let second = try await client.send(
                    HTTPClientRequest(
                        .get, "http://127.0.0.1:\(server.port)/", timeout: .seconds(5)))
                #expect(try await second.body.collect(upTo: 100) == Array("small".utf8))
            }
            await client.close()
        }
    }

    @Test func headGetsTheHeaderOfGetAndNothingElse() async throws {
        try await LoopbackServer.with({ _ in .text("twelve bytes") }) { server async throws in
            let answer = try await server.exchange(
                "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.components("Content-Length: 12") == 2)
            #expect(!answer.contains("twelve") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func whatStatusesHaveNoBodyGetNone() async throws {
        try await LoopbackServer.with({ _ in
            HTTPResponse(.noContent, body: .bytes(Array("ghost".utf8)))
        }) { server async throws in
            let answer = try await server.exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204 No Content"))
            #expect(!answer.contains("ghost") && !answer.contains("Content-Length"))
        }
    }

    @Test(arguments: [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"), ("bytes=5-2", 200, "0123456789", nil),
        ("bytes=0-1,4-5", 200, "0123456789", nil), ("lines=0-1", 200, "0123456789", nil),
    ])
    func partsOfAContentAreServed(
        range: String, status: Int, text: String, field: String?
    ) async throws {
        let response = HTTPResponse.content(
            MemorySource(Array("0123456789".utf8)), type: "text/plain", etag: "v1",
            for: HTTPRequest(method: .get, target: "/", headers: ["Range": range]))
        #expect(response.status.code == status)
        #expect(response.headers["Content-Range"] == field)
        if status != 416 {
            let bytes = try await response.collectBody(upTo: 100)
            #expect(String(decoding: bytes, as: UTF8.self) == text)
        }
        let known = HTTPResponse.content(
            MemorySource([1]), type: "text/plain", etag: "v1",
            for: HTTPRequest(method: .get, target: "/", headers: ["If-None-Match": "\"v1\""]))
        #expect(known.status == 304)
    }

    /// A combining mark makes another Character of a delimiter, but not another byte.
    @Test func delimitersAreBytes() {
        let query = QueryParameters(parsing: "a=1&\u{301}b=2&c=\u{301}3")
        #expect(query.items.map(\.name) == ["a", "\u{301}b", "c"])
        #expect(query["c"] == "\u{301}3")
        let headers: HTTPHeaders = ["Connection": "close,\u{301}x , y"]
        #expect(headers.list("Connection") == ["close", "\u{301}x", "y"])
    }

    @Test func fieldsCannotBreakOutOfTheirLine() async throws {
        try await LoopbackServer.with({ _ in
            HTTPResponse(headers: ["X": "a\r\nSet-Cookie: stolen=1"])
        }) { server async throws in
            let answer = try await server.exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 500 ") && !answer.contains("stolen"))
        }
    }

    @Test func aHandlerThatTakesTooLongIsCancelled() async throws {
        var limits = HTTPLimits()
        limits.total = .milliseconds(100)
        limits.linger = .milliseconds(50)
        let loop = EventLoop(name: "slow")
        let wasCancelled = Lifecycle()
        try await LoopbackServer.with(
            limits: limits,
            { _ in
                do {
                    try await loop.sleep(for: .seconds(60))
                } catch {
                    wasCancelled.ready()
                }
                return .text("late")
            }
        ) { server async throws in
            let answer = try await server.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After"))
            await wasCancelled.waitUntilReady()
        }
        loop.stop()
    }

    @Test func errorsBecomeProblemsThatTellNothing() async throws {
        struct Secret: Error {}
        try await LoopbackServer.with({ request in
            if request.path == "/known" { throw Problem("known", 409, "Known") }
            throw Secret()
        }) { server async throws in
            let unknown = try await server.exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(unknown.hasPrefix("HTTP/1.1 500 ") && !unknown.contains("Secret"))
            let known = try await server.exchange(
                "GET /known HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(known.hasPrefix("HTTP/1.1 409 ") && known.contains("problems/known"))
        }
    }
}
