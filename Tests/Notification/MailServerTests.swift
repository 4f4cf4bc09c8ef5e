import HTTP
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

@Suite struct MailServerTests {
    @Test func itsAddressIsReadStrictly() throws {
        let local = try MailServer("smtp://127.0.0.1:8125")
        #expect(local.url == "smtp://127.0.0.1:8125" && local.startTLS == .ifOffered)
        let far = try MailServer("smtp://mail.example.org")
        #expect(far.port == 587 && far.startTLS == .required)
        #expect(try MailServer("smtps://mail.example.org").port == 465)
        #expect(try MailServer("smtp://[::1]:25?starttls=never").url == "smtp://[::1]:25")
        for text in [
            "http://mail.example.org", "smtp://", "smtp://:25", "smtp://host:0",
            "smtp://host:99999", "smtp://user@host", "smtp://user:secret@host:25", "smtp://host/x",
            "smtp://host?starttls=perhaps", "smtp://host?verify=no", "smtp://ho st",
            "smtp://host\r\nX",
        ] {
            #expect(throws: Expectation.self, "\(text)") { try MailServer(text) }
        }
    }

    @Test func aPasswordNeverLeavesInTheClear() async throws {
        let login = ["SOUK_SMTP_USER": "souk", "SOUK_SMTP_PASSWORD": "secret"]
        for (url, works) in [
            ("smtp://mail.example.org?starttls=never", false),
            ("smtp://mail.example.org?starttls=if-offered", false),
            ("smtp://mail.example.org", true), ("smtps://mail.example.org", true),
            ("smtp://127.0.0.1:25", true),
        ] {
            let settings = login.merging(["SOUK_SMTP_URL": url]) { $1 }
            if works {
                try await ServiceHarness<NotificationService>.with(settings: settings) { _ in }
            } else {
                await #expect(throws: ConfigurationError.self) {
                    try await ServiceHarness<NotificationService>.with(settings: settings) { _ in }
                }
            }
        }
    }

    @Test func addressesCannotEndALineOrACommand() {
        for text in ["ann@example.org", "a.b+c@x.y", "o'neil@example.org"] {
            #expect(MailAddress(text)?.text == text)
        }
        for text in [
            "ann@example.org\r\nRCPT TO:<bob@example.org>", "ann", "@example.org", "ann@", "a@b@c",
            "ann@example.org>", "<ann@example.org", "ann @example.org", "\"ann\"@example.org",
            "änn@example.org", "ann@example.org\u{0}", "-ann@example.org",
            String(repeating: "a", count: 65) + "@example.org",
            "a@" + String(repeating: "b", count: 254),
        ] {
            #expect(MailAddress(text) == nil, "\(text)")
        }
    }

    @Test func sendersHaveANameAndAnAddress() {
        #expect(Mailbox("Souk <no-reply@souk.example>")?.name == "Souk")
        #expect(Mailbox("\"Souk, the shop\" <a@b.example>")?.name == "Souk, the shop")
        #expect(Mailbox("no-reply@souk.example")?.name == "")
        #expect(Mailbox("Souk") == nil)
        #expect(Mailbox("So\r\nuk <a@b.example>") == nil)
        #expect(Mailbox("Souk <a@b.example>, <c@d.example>") == nil)
    }
}
