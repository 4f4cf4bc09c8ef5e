import EventTypes
import TestSupport
import Testing

@testable import NotificationService

@Suite struct MailTextTests {
    private func text(
        subject: String, from: String = "Souk <no-reply@souk.example>", body: String = "Hello"
    ) throws -> String {
        let mail = MailText(
            messageID: SequentialIdentifiers.identifier(7),
            from: try #require(Mailbox(from)), to: try #require(MailAddress("ann@example.org")),
            date: Timestamp(seconds: 1_767_225_600),
            letter: Letter(subject: subject, text: body, html: "<p>\(body)</p>"))
        return String(decoding: mail.bytes, as: UTF8.self)
    }

    private func header(_ name: String, of text: String) -> String {
        let head = text.prefix(upTo: text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)
        let lines = head.replacing("\r\n ", with: " ").split(separator: "\r\n")
        let line = lines.first { $0.hasPrefix(name + ": ") }
        return String(line?.dropFirst(name.count + 2) ?? "")
    }

    @Test func theHeadersAreThoseOfAMachine() throws {
        let text = try text(subject: "Your order is paid")
        #expect(header("From", of: text) == "\"Souk\" <no-reply@souk.example>")
        #expect(header("To", of: text) == "<ann@example.org>")
        #expect(header("Subject", of: text) == "Your order is paid")
        #expect(header("Date", of: text) == "Thu, 1 Jan 2026 00:00:00 +0000")
        let id = "\(SequentialIdentifiers.identifier(7) as EventID)"
        #expect(header("Message-ID", of: text) == "<\(id)@souk.example>")
        #expect(header("Auto-Submitted", of: text) == "auto-generated")
        #expect(header("MIME-Version", of: text) == "1.0")
        #expect(header("Content-Type", of: text).hasPrefix("multipart/alternative; boundary="))
    }

    @Test(arguments: [
        "x\r\nBcc: bob@example.org", "x\nBcc: bob@example.org", "x\rBcc: bob@example.org",
        "x\u{2028}Bcc: bob@example.org", "x\r\n\r\n<script>",
    ]) func aSubjectCannotBecomeAnotherHeader(_ subject: String) throws {
        let text = try text(subject: subject)
        let head = text.prefix(upTo: try #require(text.firstRange(of: "\r\n\r\n")).lowerBound)
        let names = head.replacing("\r\n ", with: " ").split(separator: "\r\n")
            .map { String($0.prefix { $0 != ":" }) }
        #expect(
            names == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type",
            ])
    }

    @Test func noLineIsLongerThanLinesMayBe() throws {
        let long = String(repeating: "Überraschung für 日本 🎉 ", count: 30)
        let text = try text(
            subject: long, from: "Suuk für alle \(long.prefix(30)) <no-reply@souk.example>",
            body: long + String(repeating: "=", count: 200) + "\n\n. \n.\nend \n")
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            #expect(line.utf8.count <= 78, "\(line)")
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(line)")
        }
    }

    @Test func quotedPrintableIsWhatTheStandardSays() {
        func encode(_ text: String) -> String {
            String(decoding: QuotedPrintable.encode(text), as: UTF8.self)
        }
        #expect(encode("a=b") == "a=3Db\r\n")
        #expect(encode("end \nnext\t") == "end=20\r\nnext=09\r\n")
        #expect(encode("é") == "=C3=A9\r\n")
        #expect(encode("a\rb\r\nc\nd") == "a\r\nb\r\nc\r\nd\r\n")
        #expect(encode(String(repeating: "x", count: 76)).utf8.count == 78)
        let long = encode(String(repeating: "x", count: 77))
        #expect(long == String(repeating: "x", count: 75) + "=\r\nxx\r\n")
    }
}
