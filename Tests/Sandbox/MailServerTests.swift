import EventTypes
import Foundation
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

@testable import SandboxService

@Suite struct MailServerTests {
    private struct Scene {
        let store: MailStore
        let api: MailAPI
        let port: Int

        func call(_ method: HTTPMethod, _ target: String, _ body: String = "") async -> HTTPResponse
        {
            await api.respond(
                to: HTTPRequest(method: method, target: target, body: HTTPBody(Array(body.utf8))))
        }

        func json(_ target: String) async throws -> JSONValue {
            let body = try await call(.get, target).collectBody(upTo: 1 << 20)
            return try JSON.decode(JSONValue.self, from: body)
        }

        func send(to recipient: String, _ text: String) async throws {
            let socket = try RawSocket(port: port)
            try socket.send(
                "EHLO x\r\nMAIL FROM:<souk@souk.test>\r\nRCPT TO:<\(recipient)>\r\nDATA\r\n"
                    + text.replacing("\n", with: "\r\n") + "\r\n.\r\nQUIT\r\n")
            let answers = try await socket.readToEnd()
            #expect(answers.contains("250 2.0.0 Taken as "))
            #expect(answers.hasSuffix("221 2.0.0 Goodbye\r\n"))
        }
    }

    private func with(
        _ limits: SMTPLimits = SMTPLimits(), _ body: (Scene) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "smtp-test")
        let store = MailStore(clock: ManualClock(), ids: SequentialIdentifiers())
        let faults = MailFaults()
        let server = SMTPServer(
            host: "127.0.0.1", port: 0, limits: limits, loop: loop, store: store, faults: faults,
            logger: .silent)
        let lifecycle = Lifecycle()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(lifecycle) }
            await lifecycle.waitUntilReady()
            let scene = Scene(
                store: store, api: MailAPI(store: store, faults: faults), port: server.port)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(scene))
            } catch {
                outcome = .failure(error)
            }
            lifecycle.requestShutdown()
            try await group.waitForAll()
            try outcome.get()
        }
        loop.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func whatIsCaughtIsListedAndShown() async throws {
        try await with { scene in
            try await scene.send(to: "ann@example.com", "Subject: one\n\nfirst")
            try await scene.send(to: "bob@example.com", "Subject: two\n\nsecond")
            try await scene.send(to: "Ann@Example.com", "Subject: three\n\nthird")
            func subjects(_ target: String) async throws -> [String] {
                try await scene.json(target)["items"]?.array?
                    .compactMap { $0["subject"]?.string } ?? []
            }
            #expect(try await subjects("/mail/messages") == ["one", "two", "three"])
            #expect(try await subjects("/mail/messages?limit=2") == ["two", "three"])
            #expect(
                try await subjects("/mail/messages?to=ann@example.com") == ["one", "three"])
            let first = try #require(
                try await scene.json("/mail/messages")["items"]?.array?.first?["id"]?.string)
            #expect(try await subjects("/mail/messages?after=\(first)&limit=1") == ["two"])
            let one = try await scene.json("/mail/messages/\(first)")
            #expect(one["text"]?.string == "first\r\n")
            #expect(one["from"]?.string == "souk@souk.test")
            let raw = await scene.call(.get, "/mail/messages/\(first)/raw")
            #expect(raw.headers["Content-Type"] == "message/rfc822")
            #expect(
                try await raw.collectBody(upTo: 1_000)
                    == Array("Subject: one\r\n\r\nfirst\r\n".utf8))
            #expect(await scene.call(.get, "/mail/messages?limit=0").status == 422)
            #expect(await scene.call(.get, "/mail/messages/none").status == 404)
            #expect(await scene.call(.post, "/mail/messages").status == 405)
            #expect(await scene.call(.delete, "/mail/messages").status == 204)
            #expect(try await subjects("/mail/messages").isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func nothingInAMessageEscapesFromThePage() async throws {
        try await with { scene in
            let evil = "\"><script>alert(1)</script>'&"
            try await scene.send(
                to: "ann@example.com",
                "Subject: \(evil)\nFrom: \(evil)\nX-Evil: \(evil)\nContent-Type: text/html\n\n\(evil)"
            )
            for view in ["html", "text", "header", "source", "other"] {
                let response = await scene.call(.get, "/mail?view=\(view)&to=ann@example.com")
                let page = String(
                    decoding: try await response.collectBody(upTo: 1 << 20), as: UTF8.self)
                #expect(!page.contains("<script>alert"), "\(view)")
                #expect(page.contains("&quot;&gt;&lt;script&gt;alert(1)"), "\(view)")
                #expect(!page.contains("allow-scripts"))
                let policy = try #require(response.headers["Content-Security-Policy"])
                #expect(policy.hasPrefix("default-src 'none';"))
                #expect(!policy.contains("script-src 'unsafe"))
            }
            let page = await scene.call(.get, "/mail?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            let text = String(decoding: try await page.collectBody(upTo: 1 << 20), as: UTF8.self)
            #expect(!text.contains("<script>alert"))
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func faultsArePlannedOverHTTP() async throws {
        try await with { scene in
            let plan = #"{"items":[{"fault":"reject-data","remaining":1}]}"#
            #expect(await scene.call(.put, "/mail/faults", plan).status == 200)
            let planned = try await scene.json("/mail/faults")["items"]?.array?.first
            #expect(planned?["fault"]?.string == "reject-data")
            for wrong in [
                "", "{}", #"{"items":[{"fault":"none","remaining":1}]}"#,
                #"{"items":[{"fault":"drop","remaining":0}]}"#,
            ] {
                #expect(await scene.call(.put, "/mail/faults", wrong).status == 422)
            }
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func clientsThatAreTooManyAreTurnedAway() async throws {
        var limits = SMTPLimits()
        limits.connections = 2
        try await with(limits) { scene in
            let sockets = try (0..<3).map { _ in try RawSocket(port: scene.port) }
            for socket in sockets.prefix(2) {
                let greeting = try await socket.read(until: "\r\n")
                #expect(greeting.hasPrefix("220 "))
            }
            let refusal = try await sockets[2].readToEnd()
            #expect(refusal.hasPrefix("421 "))
            try sockets[0].send("QUIT\r\n")
            _ = try await sockets[0].readToEnd()
            try await scene.send(to: "ann@example.com", "Subject: in\n\nx")
        }
    }

    @Test func theOldestMessagesAreGivenUp() throws {
        let store = MailStore(
            clock: ManualClock(), ids: SequentialIdentifiers(), mostBytes: 250)
        let ids = try (0..<3).map { _ in
            try store.add(MailEnvelope(sender: ""), [UInt8](repeating: 1, count: 100))
        }
        #expect(store.mail(ids[0]) == nil)
        #expect(store.list(to: nil, after: nil, limit: 9).map(\.id) == Array(ids[1...]))
        let large = try store.add(MailEnvelope(sender: ""), [UInt8](repeating: 1, count: 1_000))
        #expect(store.list(to: nil, after: nil, limit: 9).map(\.id) == [large])
        let many = MailStore(clock: ManualClock(), ids: SequentialIdentifiers())
        for _ in 0..<1_005 { _ = try many.add(MailEnvelope(sender: ""), [1]) }
        #expect(many.count == 1_000)
    }

    @Test func whatWasTakenIsThereAfterARestart() throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "souk-mail-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ids = SequentialIdentifiers()
        func start() throws -> MailStore {
            MailStore(
                clock: ManualClock(), ids: ids, mostBytes: 20, folder: try MailFolder(directory))
        }
        let envelope = MailEnvelope(sender: "a@b.test", recipients: ["ann@x.test"], isUTF8: true)
        let text = Array("Subject: \u{00e9}\r\n\r\nx\n".utf8)
        let first = try start()
        _ = try first.add(MailEnvelope(sender: ""), Array("given up".utf8))
        let id = try first.add(envelope, text)
        let second = try start()
        #expect(second.list(to: nil, after: nil, limit: 9).map(\.id) == [id])
        #expect(second.mail(id)?.envelope == envelope)
        #expect(second.mail(id)?.text == text)
        second.removeAll()
        #expect(try start().count == 0)
    }

    @Test func whatCannotBeKeptIsNotTaken() throws {
        let transcript = SMTPTranscript()
        transcript.isFull = true
        _ = transcript.greeting()
        transcript.say(
            Array("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<ann@x.test>\r\nDATA\r\n".utf8))
        #expect(transcript.say(Array("Subject: x\r\n\r\nx\r\n.\r\n".utf8)) == [452])
        #expect(transcript.delivered.isEmpty)
    }
}
