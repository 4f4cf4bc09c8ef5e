import HTTP
import Runtime
import TestSupport
import Testing

/// Messages that two parsers could read differently, or that ask for more than the limits give.
/// Each is answered once and the connection closed, so that what follows is never taken for a
/// request.
@Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int
        let message: String
        var testDescription: String { name }

        init(_ name: String, _ message: String) { self.init(name, 400, message) }

        init(_ name: String, _ status: Int, _ message: String) {
            self.name = name
            self.status = status
            self.message = message
        }

        /// With the body of a chunked message and fields that frame it.
        static func framed(_ name: String, _ fields: String, status: Int = 400) -> Case {
            Case(name, status, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n0\r\n\r\n")
        }

        static func line(_ name: String, _ line: String, status: Int = 400) -> Case {
            Case(name, status, "\(line)\r\nHost: a\r\n\r\n")
        }

        static func field(_ name: String, _ field: String, status: Int = 400) -> Case {
            Case(name, status, "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
        }

        static func chunked(_ name: String, _ body: String, status: Int = 400) -> Case {
            Case(
                name, status,
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
        }
    }

    static let framing: [Case] = [
        .framed("length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        .framed("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        .framed("two lengths that differ", "Content-Length: 5\r\nContent-Length: 6"),
        .framed("two lengths that agree", "Content-Length: 5\r\nContent-Length: 5"),
        .framed("a list of lengths", "Content-Length: 5, 5"),
        .framed("length with a sign", "Content-Length: +5"),
        .framed("negative length", "Content-Length: -1"),
        .framed("length in hexadecimal", "Content-Length: 0x5"),
        .framed("length with a blank", "Content-Length: 5 0"),
        .framed("empty length", "Content-Length:"),
        .framed("length beyond all bounds", "Content-Length: 99999999999999999999"),
        .framed("coding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .framed("chunked is not last", "Transfer-Encoding: chunked, identity"),
        .framed("another coding", "Transfer-Encoding: gzip, chunked"),
        .framed("almost chunked", "Transfer-Encoding: xchunked"),
        .framed("chunked with a tab inside", "Transfer-Encoding: \u{0B}chunked"),
        .framed("quoted chunked", "Transfer-Encoding: \"chunked\""),
        Case(
            "chunked in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    static let lines: [Case] = [
        .line("two blanks before the target", "GET  / HTTP/1.1"),
        .line("two blanks after the target", "GET /  HTTP/1.1"),
        .line("blank in front", " GET / HTTP/1.1"),
        .line("tab in place of a blank", "GET\t/ HTTP/1.1"),
        .line("no version", "GET /"),
        .line("HTTP/2", "GET / HTTP/2.0", status: 505),
        .line("HTTP/1.2", "GET / HTTP/1.2", status: 505),
        .line("lower case version", "GET / http/1.1"),
        .line("blank in the target", "GET /a b HTTP/1.1"),
        .line("target with a fragment", "GET /a#b HTTP/1.1"),
        .line("target with a null", "GET /%00 HTTP/1.1"),
        .line("target that climbs", "GET /a/../internal HTTP/1.1"),
        .line("target that climbs encoded", "GET /a/%2e%2E/internal HTTP/1.1"),
        .line("target with a backslash", "GET /a\\..\\b HTTP/1.1"),
        .line("broken percent code", "GET /%4 HTTP/1.1"),
        .line("authority of another host", "GET http://b/ HTTP/1.1"),
        .line("CONNECT", "CONNECT a:80 HTTP/1.1"),
        .line(
            "target too long", "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1", status: 414),
        Case("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n"),
        Case("bare line feed after a field", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n"),
        Case("bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n"),
        Case("no Host", "GET / HTTP/1.1\r\n\r\n"),
        Case("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        Case("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Case("Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    ]

    static let fields: [Case] = [
        .field("blank before the colon", "X-A : 1"),
        .field("blank before the name", "X: 1\r\n Y: 2"),
        .field("folded field", "X: 1\r\n\tmore"),
        .field("no colon", "nothing"),
        .field("empty name", ": 1"),
        .field("name with a bracket", "X(1): 1"),
        .field("null in a value", "X: a\0b"),
        .field("control in a value", "X: a\u{01}b"),
        .field("another expectation", "Expect: 200-maybe", status: 417),
        .field("too many fields", String(repeating: "X: 1\r\n", count: 120) + "Y: 1", status: 431),
        .field("too large", "X: \(String(repeating: "a", count: 20_000))", status: 431),
    ]

    static let chunks: [Case] = [
        .chunked("size that is no number", "zz\r\nabc\r\n0\r\n\r\n"),
        .chunked("size with a sign", "+3\r\nabc\r\n0\r\n\r\n"),
        .chunked("size with a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
        .chunked("empty size", "\r\nabc\r\n0\r\n\r\n"),
        .chunked("blank after the size", "3 \r\nabc\r\n0\r\n\r\n"),
        .chunked("size beyond all bounds", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
        .chunked("chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"),
        .chunked("bare line feed after the size", "3\nabc\r\n0\r\n\r\n"),
        .chunked("bare line feed after the data", "3\r\nabc\n0\r\n\r\n"),
        .chunked("extension without end", "3;\(String(repeating: "a", count: 400))\r\nabc\r\n"),
        .chunked("folded trailer", "0\r\nX: 1\r\n y\r\n\r\n"),
        .chunked("too large", "200001\r\n", status: 413),
    ]

    @Test(arguments: framing + lines + fields + chunks)
    func isAnsweredOnceAndClosed(_ message: Case) async throws {
        try await LoopbackServer.with(
            limits: Self.limits,
            { request in
                _ = try await request.body.collect(upTo: 1 << 20)
                return .text("smuggled")
            }
        ) { server async throws in
            let socket = try server.connect()
            try socket.send(message.message + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await socket.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(message.status) "), "\(answer.prefix(200))")
            #expect(answer.components("\r\nDate: ") == 1)
            #expect(answer.contains("Connection: close\r\n"))
            #expect(!answer.contains("smuggled"))
        }
    }

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
