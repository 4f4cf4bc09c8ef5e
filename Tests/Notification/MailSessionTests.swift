import Runtime
import Testing

@testable import NotificationService

/// What the library makes of a real conversation.
@Suite(.timeLimit(.minutes(10))) struct MailSessionTests {
    private func envelope(_ recipient: String = "ann@example.org") throws -> Envelope {
        Envelope(
            sender: try #require(MailAddress("no-reply@souk.example")),
            recipient: try #require(MailAddress(recipient)),
            text: Array("Subject: Hello\r\n\r\n.A dot and a line\r\n".utf8))
    }

    private func deliver(
        _ query: String = "", timeout: Duration = .seconds(60),
        _ script: @escaping ScriptedMailServer.Script = { _, _ in nil }
    ) async throws -> (DeliveryOutcome, ScriptedMailServer) {
        try await ScriptedMailServer.with(script) { server in
            var settings = try MailServer("smtp://127.0.0.1:\(server.port)\(query)")
            settings.timeout = timeout
            let sessions = MailSessions(settings, count: 1)
            let outcome = await sessions.deliver(try envelope())
            await sessions.end()
            return (outcome, server)
        }
    }

    @Test func aMessageArrivesAsItIs() async throws {
        let (outcome, server) = try await deliver()
        #expect(outcome == .accepted)
        let letter = try #require(server.letters.first)
        #expect(letter.sender == "no-reply@souk.example")
        #expect(letter.recipient == "ann@example.org")
        #expect(letter.text == "Subject: Hello\r\n\r\n.A dot and a line\r\n")
    }

    @Test func oneConnectionCarriesManyMessagesAndIsLeftPolitely() async throws {
        try await ScriptedMailServer.with { server in
            let sessions = MailSessions(
                try MailServer("smtp://127.0.0.1:\(server.port)"), count: 1)
            for number in 0..<5 {
                #expect(
                    await sessions.deliver(try envelope("ann\(number)@example.org")) == .accepted)
            }
            #expect(server.connections == 1)
            await sessions.end()
            #expect(server.letters.count == 5)
            #expect(server.commands.last == "QUIT")
        }
    }

    @Test func aConnectionThatWasClosedMeanwhileIsOpenedAgain() async throws {
        let script: ScriptedMailServer.Script = { step, connection in
            // The first connection takes one message, and is gone at the second.
            if case .command(let line) = step, connection == 1, line.hasPrefix("MAIL FROM"),
                line.contains("second")
            {
                return .hangUp
            }
            return nil
        }
        try await ScriptedMailServer.with(script) { server in
            let sessions = MailSessions(
                try MailServer("smtp://127.0.0.1:\(server.port)"), count: 1)
            #expect(await sessions.deliver(try envelope()) == .accepted)
            let second = Envelope(
                sender: try #require(MailAddress("second@souk.example")),
                recipient: try #require(MailAddress("bob@example.org")),
                text: Array("Subject: Again\r\n\r\nHello\r\n".utf8))
            #expect(await sessions.deliver(second) == .accepted)
            #expect(server.connections == 2)
            #expect(server.letters.count == 2)
            await sessions.end()
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let step: String
        let answer: MailAnswer
        let outcome: DeliveryOutcome

        var testDescription: String { name }

        static let all = [
            Case(
                name: "greylisted", step: "RCPT", answer: .say("451 4.7.1 come back later"),
                outcome: .postponed(.busy, replyCode: 451)),
            Case(
                name: "nobody there", step: "RCPT", answer: .say("550 5.1.1 no such user"),
                outcome: .refused(.refused, replyCode: 550)),
            Case(
                name: "sender refused", step: "MAIL", answer: .say("553 not you"),
                outcome: .refused(.refused, replyCode: 553)),
            Case(
                name: "needs a login", step: "MAIL", answer: .say("530 5.7.0 authenticate first"),
                outcome: .postponed(.login, replyCode: 530)),
            Case(
                name: "no service today", step: "connected", answer: .say("554 no service"),
                outcome: .postponed(.busy, replyCode: 554)),
            Case(
                name: "closing", step: "connected", answer: .say("421 closing"),
                outcome: .postponed(.busy, replyCode: 421)),
            Case(
                name: "gone at once", step: "connected", answer: .hangUp,
                outcome: .postponed(.unreachable)),
            Case(
                name: "gone before the text", step: "DATA", answer: .hangUp,
                outcome: .postponed(.unreachable)),
            Case(
                name: "text put off", step: "text", answer: .say("452 disk full"),
                outcome: .postponed(.busy, replyCode: 452)),
            Case(
                name: "text refused", step: "text", answer: .say("554 looks like spam"),
                outcome: .refused(.refused, replyCode: 554)),
            Case(
                name: "gone after the text", step: "text", answer: .hangUp,
                outcome: .uncertain(.lost)),
            Case(
                name: "silent after the text", step: "text", answer: .silence,
                outcome: .uncertain(.lost)),
            Case(
                name: "silent before", step: "MAIL", answer: .silence,
                outcome: .postponed(.unreachable)),
        ]
    }

    @Test(arguments: Case.all) func everyEndIsToldApart(_ one: Case) async throws {
        let isSilence = if case .silence = one.answer { true } else { false }
        let (outcome, server) = try await deliver(timeout: .seconds(isSilence ? 1 : 60)) {
            step, _ in
            switch step {
            case .connected: one.step == "connected" ? one.answer : nil
            case .command(let line): line.hasPrefix(one.step) ? one.answer : nil
            case .text: one.step == "text" ? one.answer : nil
            }
        }
        #expect(outcome == one.outcome)
        #expect(server.letters.isEmpty)
    }

    @Test func nothingIsSaidInTheClearWhereEncryptionIsRequired() async throws {
        let (outcome, server) = try await deliver("?starttls=required")
        #expect(outcome == .postponed(.tls))
        #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
    }

    @Test func aServerWhoseTLSDoesNotWorkGetsNothing() async throws {
        let (outcome, server) = try await deliver("?starttls=if-offered") { step, _ in
            guard case .command(let line) = step else { return nil }
            if line.hasPrefix("EHLO") { return .say("250-scripted\r\n250 STARTTLS") }
            return line == "STARTTLS" ? .sayAndHangUp("220 now it would begin") : nil
        }
        #expect(outcome == .postponed(.tls))
        #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
    }

    @Test func nobodyListens() async throws {
        let port = try await ScriptedMailServer.with { $0.port }
        let sessions = MailSessions(try MailServer("smtp://127.0.0.1:\(port)"), count: 1)
        #expect(await sessions.deliver(try envelope()) == .postponed(.unreachable))
        await sessions.end()
    }

    @Test func whatHasNotBegunStaysWhenTheProgramStops() async throws {
        let (outcome, server) = try await ScriptedMailServer.with(
            { step, _ in
                if case .connected = step { .silence } else { nil }
            },
            { server in
                let sessions = MailSessions(
                    try MailServer("smtp://127.0.0.1:\(server.port)"), count: 1)
                let envelope = try envelope()
                async let outcome = sessions.deliver(envelope)
                sessions.stopBeginning()
                return (await outcome, server)
            })
        #expect(outcome == .postponed(.stopped))
        #expect(server.letters.isEmpty)
    }
}
