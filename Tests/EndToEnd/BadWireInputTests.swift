import Foundation
import JSON
import TestSupport
import Testing

/// The same below JSON: bytes that are no HTTP, no text, or the half of something.
extension BadInputTests {
    private static let programs = [
        "gateway", "user", "wallet", "catalog", "cashback", "analytics", "sandbox", "order",
        "notification", "cms",
    ]

    private func platform() throws -> LivePlatform { try #require(LivePlatform.current) }

    private func port(_ name: String) throws -> Int {
        try #require(try platform().url(name).split(separator: ":").last.flatMap { Int($0) })
    }

    /// The messages that the gateway's own tests play, against every program that runs.
    @Test func everyProgramRefusesTheSameMessages() async throws {
        let messages = try HostileRequest.topics.flatMap(HostileRequest.all)
        let port = Dictionary(
            uniqueKeysWithValues: try Self.programs.map { ($0, try self.port($0)) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, port) in port {
                group.addTask {
                    for message in messages {
                        let socket = try RawSocket(port: port)
                        try socket.send(message.bytes)
                        try socket.send(Array("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                        let answer = try await socket.readToEnd()
                        #expect(
                            answer.hasPrefix("HTTP/1.1 \(message.status) "),
                            "\(name), \(message): \(answer.prefix(200))")
                        #expect(answer.ranges(of: "\r\nDate: ").count == 1, "\(name), \(message)")
                    }
                }
            }
            try await group.waitForAll()
        }
        for name in Self.programs {
            let client = LiveClient(gateway: try platform().url(name))
            #expect(try await client.call("GET", "/livez").status == 200, "\(name)")
        }
    }

    @Test func bytesThatAreNoText() async throws {
        let admin = try await LiveClient(gateway: platform().gateway)
            .signedIn("admin@souk.example", platform().secret("admin-password"))
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            let body =
                Array(#"{"website":"https://a.example","name":""#.utf8) + bytes + Array("\"}".utf8)
            let answer = try await admin.call("POST", "/api/v1/merchants", raw: Data(body))
            #expect(answer.status == 400 && answer.problem != nil, "\(bytes): \(answer.status)")
            let code = bytes.map { "%" + String($0, radix: 16, uppercase: true) }.joined()
            for path in [
                "/api/v1/search?q=\(code)", "/api/v1/products/\(code)", "/pages/\(code)",
                "/postbacks/\(code)", "/postbacks/net?action_id=\(code)", "/go/\(code)",
                "/media/\(code)/\(code)", "/preview/\(code)",
            ] {
                let status = try await admin.call("GET", path).status
                #expect([400, 403, 404, 422].contains(status), "\(path): \(status)")
            }
            let table = Array("sku,title,price,currency\n".utf8) + bytes + Array(",a,1,USD\n".utf8)
            let report = try await admin.call(
                "POST", "/api/v1/products/import", raw: Data(table), type: "text/csv")
            #expect((200..<500).contains(report.status), "\(report.status)")
            #expect(report.json["created"] != 1, "\(report.json)")
        }
    }

    /// Members without number, deep or with names that must be read first: the service answers as
    /// soon as it can, and others meanwhile.
    @Test func bodiesThatAreMadeToBeSlow() async throws {
        let stranger = LiveClient(gateway: try platform().gateway)
        let names = (0..<60_000).map { #""\u0061\#($0)":1"# }.joined(separator: ",")
        for text in [
            "{\"email\":{\(names)}}", "{\(names)}",
            "[\(String(repeating: "1,", count: 400_000))1]",
            "{\"a\":\(String(repeating: "9", count: 900_000))}",
            "{\"a\":\"\(String(repeating: #"\u00e9"#, count: 150_000))\"}",
        ] {
            let start = ContinuousClock.now
            let answer = try await stranger.call(
                "POST", "/api/v1/auth/login", raw: Data(text.utf8))
            #expect((400..<500).contains(answer.status), "\(text.prefix(30)): \(answer.status)")
            // Quadratic, this takes minutes.
            #expect(ContinuousClock.now - start < .seconds(20), "\(text.prefix(30))")
        }
    }

    @Test func whoLeavesInTheMiddle() async throws {
        let beginnings = [
            "P", "POST /api/v1/auth/login HTTP/1.1\r\n",
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Content-Length: 90\r\n\r\n{\"email\":",
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "POST /api/v1/media?name=a.png HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n"
                + "Content-Length: 900000\r\n\r\n\u{1}PNG",
            "GET /api/v1/products HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        ]
        for name in Self.programs {
            let port = try port(name)
            for _ in 0..<5 {
                for beginning in beginnings { try RawSocket(port: port).send(beginning) }
            }
            let client = LiveClient(gateway: try platform().url(name))
            #expect(try await client.call("GET", "/livez").status == 200, "\(name)")
        }
    }
}
