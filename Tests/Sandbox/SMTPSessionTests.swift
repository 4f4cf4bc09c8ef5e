import Testing

@testable import SandboxService

@Suite struct SMTPSessionTests {
    @Test(arguments: [Int.max, 1, 2, 7])
    func aMessageArrivesAsItWasMeantHoweverItIsCut(size: Int) throws {
        let transcript = SMTPTranscript()
        #expect(transcript.greeting().hasPrefix("220 "))
        let codes = transcript.say(
            """
            EHLO test\r
            MAIL FROM:<souk@souk.test> SIZE=100 BODY=8BITMIME\r
            RCPT TO:<ann@example.com>\r
            RCPT TO:<bob@example.com>\r
            DATA\r
            Subject: dots\r
            \r
            ..\r
            ..one\r
            a.\r
            grüß dich\r
            .\r
            NOOP\r
            QUIT\r

            """, inPiecesOf: size)
        #expect(codes == [250, 250, 250, 250, 354, 250, 250, 221])
        #expect(transcript.next == .close)
        let mail = try #require(transcript.delivered.first)
        #expect(transcript.delivered.count == 1)
        #expect(mail.envelope.sender == "souk@souk.test")
        #expect(mail.envelope.recipients == ["ann@example.com", "bob@example.com"])
        #expect(mail.text == "Subject: dots\r\n\r\n.\r\n.one\r\na.\r\ngrüß dich\r\n")
    }

    /// What other servers take, or leave alone, as the end of a message.
    @Test(
        arguments: [
            "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n.\r\n", "\n",
            "\r",
        ], [Int.max, 1])
    func aMessageCannotHideAnother(end: String, size: Int) {
        let transcript = SMTPTranscript()
        #expect(transcript.announce() == [250, 250, 250, 354])
        let codes = transcript.say(
            "Subject: first\r\n\r\nhello" + end
                + "MAIL FROM:<evil@example.com>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n"
                + "Subject: second\r\n\r\nhello\r\n.\r\n", inPiecesOf: size)
        #expect(codes == [521])
        #expect(transcript.next == .close)
        #expect(transcript.delivered.isEmpty)
    }

    @Test func aLineOfACommandEndsAsStrictly() {
        let transcript = SMTPTranscript()
        #expect(transcript.say("EHLO test\nNOOP\r\n") == [521])
        #expect(transcript.next == .close)
    }

    @Test(arguments: [
        ("MAIL FROM:<a@b.c>\r\n", [503]), ("EHLO\r\n", [501]), ("HELO a_b\r\n", [501]),
        ("HELO x\r\nMAIL FROM:<a@b.c> SIZE=1\r\n", [250, 555]),
        ("EHLO x\r\nRCPT TO:<a@b.c>\r\n", [250, 503]), ("EHLO x\r\nDATA\r\n", [250, 503]),
        ("EHLO x\r\nMAIL FROM:<a@b.c>\r\nDATA\r\n", [250, 250, 554]),
        ("EHLO x\r\nMAIL FROM:<a@b.c>\r\nMAIL FROM:<a@b.c>\r\n", [250, 250, 503]),
        ("EHLO x\r\nMAIL FROM: <a@b.c>\r\n", [250, 501]),
        ("EHLO x\r\nMAIL FROM:a@b.c\r\n", [250, 501]),
        ("EHLO x\r\nMAIL FROM:<a@b.c>x\r\n", [250, 501]),
        ("EHLO x\r\nMAIL FROM:<a@b.c> SIZE=99999999999999999999\r\n", [250, 552]),
        ("EHLO x\r\nMAIL FROM:<a@b.c> SIZE=-1\r\n", [250, 501]),
        ("EHLO x\r\nMAIL FROM:<a@b.c> SIZE=1 SIZE=1\r\n", [250, 501]),
        ("EHLO x\r\nMAIL FROM:<a@b.c> RET=FULL\r\n", [250, 555]),
        ("EHLO x\r\nMAIL FROM:<ü@b.c>\r\n", [250, 553]),
        ("EHLO x\r\nMAIL FROM:<ü@b.c> SMTPUTF8\r\nRCPT TO:<ä@ö.ü>\r\n", [250, 250, 250]),
        ("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\n", [250, 250, 553]),
        ("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<@relay:\"a b\"@c.d>\r\n", [250, 250, 250]),
        ("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a..b@c.d>\r\n", [250, 250, 553]),
        ("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@[127.0.0.1]>\r\n", [250, 250, 250]),
        ("EHLO x\r\nMAIL FROM:<>\r\nRSET\r\nRCPT TO:<a@b.c>\r\n", [250, 250, 250, 503]),
        ("FOO\r\nEXPN x\r\nSTARTTLS\r\nVRFY x\r\nVRFY\r\n", [500, 502, 502, 252, 501]),
        ("GET / HTTP/1.1\r\n", [554]),
    ])
    func whatIsOutOfPlaceIsRefused(said: String, codes: [Int]) {
        #expect(SMTPTranscript().say(said) == codes)
    }

    @Test func bytesThatAreNoTextAreNoCommand() {
        let transcript = SMTPTranscript()
        #expect(transcript.say([0xFF, 0xFE, 0x0D, 0x0A]) == [500])
        #expect(transcript.say([0x00, 0x0D, 0x0A]) == [500])
        #expect(transcript.say("EHLO x\r\n") == [250])
    }

    @Test func whatIsTooMuchIsRefusedAndTheSessionGoesOn() {
        var limits = SMTPLimits()
        limits.messageBytes = 2_000
        limits.recipients = 2
        let transcript = SMTPTranscript(limits)
        #expect(transcript.announce() == [250, 250, 250, 354])
        let tooLong = String(repeating: "a", count: 999)
        #expect(transcript.say("\(tooLong)\r\nmore\r\n.\r\n", inPiecesOf: 100) == [550])
        let line = String(repeating: "a", count: 998) + "\r\n"
        #expect(transcript.announce() == [250, 250, 250, 354])
        #expect(transcript.say(line + line + ".\r\n") == [250])
        #expect(transcript.announce() == [250, 250, 250, 354])
        #expect(transcript.say(line + line + "b\r\n.\r\n") == [552])
        #expect(transcript.announce() == [250, 250, 250, 354])
        #expect(transcript.say("a\u{0}b\r\n.\r\n") == [550])
        #expect(
            transcript.say("NOOP " + tooLong + tooLong + tooLong + "\r\nNOOP\r\n") == [500, 250])
        let many = (1...3).map { "RCPT TO:<a\($0)@b.c>\r\n" }.joined()
        #expect(transcript.say("MAIL FROM:<a@b.c>\r\n" + many) == [250, 250, 250, 452])
        #expect(transcript.delivered.count == 1)
    }

    @Test func whoOnlyMakesMistakesIsSentAway() {
        let transcript = SMTPTranscript()
        let codes = transcript.say(String(repeating: "FOO\r\n", count: 30))
        #expect(codes == Array(repeating: 500, count: 20) + [421])
        #expect(transcript.next == .close)
    }

    @Test(arguments: [
        ("ann+reject@x.y", [550], []), ("ann+defer@x.y", [451], []),
        ("ann+reject-data@x.y", [250, 354, 554], []),
        ("ann+defer-data@x.y", [250, 354, 451], []), ("ann+drop@x.y", [250, 354], []),
        ("ann+lose@x.y", [250, 354], ["hi\r\n"]), ("ann+other@x.y", [250, 354, 250], ["hi\r\n"]),
    ])
    func recipientsAskForFaults(recipient: String, codes: [Int], delivered: [String]) {
        let transcript = SMTPTranscript()
        transcript.say("EHLO x\r\nMAIL FROM:<a@b.c>\r\n")
        var answers = transcript.say("RCPT TO:<\(recipient)>\r\n")
        if answers == [250] { answers += transcript.say("DATA\r\nhi\r\n.\r\n") }
        #expect(answers == codes)
        #expect(transcript.delivered.map(\.text) == delivered)
        let isCut = recipient.contains("drop") || recipient.contains("lose")
        #expect(transcript.next == (isCut ? .cut : .read))
    }

    @Test func aSlowAnswerComesAfterAPause() {
        let transcript = SMTPTranscript()
        #expect(transcript.announce(to: "ann+slow@x.y") == [250, 250, 250, 354])
        #expect(transcript.say("hi\r\n.\r\nNOOP\r\n").isEmpty)
        #expect(transcript.next == .pause(MailFault.delay))
        #expect(transcript.proceed() == [250, 250])
    }

    @Test func plannedFaultsAreUsedUp() {
        let transcript = SMTPTranscript()
        transcript.faults.set([
            MailFaults.Plan(fault: .busy, remaining: 1),
            MailFaults.Plan(fault: .defer, remaining: 2),
        ])
        #expect(transcript.greeting().hasPrefix("421 "))
        let other = SMTPTranscript()
        other.faults.set(transcript.faults.pending)
        #expect(other.greeting().hasPrefix("220 "))
        other.say("EHLO x\r\nMAIL FROM:<a@b.c>\r\n")
        let line = "RCPT TO:<ann@x.y>\r\n"
        #expect(other.say(line + line + line) == [451, 451, 250])
        #expect(other.faults.pending.isEmpty)
    }
}
