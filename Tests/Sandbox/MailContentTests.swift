import EventTypes
import TestSupport
import Testing

@testable import SandboxService

@Suite struct MailContentTests {
    private func content(_ text: String) -> MailContent {
        MailContent(parsing: Array(text.replacing("\n", with: "\r\n").utf8))
    }

    private static let mixed = """
        Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?UTF-8?B?IGFuIA==?= =?utf-8?q?a_b?= and
         more
        Content-Type: multipart/mixed; boundary="a b"

        Not shown.
        --a b
        Content-Type: multipart/alternative; boundary=in

        --in
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        25 =E2=82=AC soft=
         break =3D done   \("")
        --in
        Content-Type: text/html; charset=iso-8859-1
        Content-Transfer-Encoding: base64

        PGI+R3L832U8L2I+
        --in--
        --a b
        Content-Type: application/pdf
        Content-Disposition: attachment; filename*0*=utf-8''Rech;
         filename*1*=nung%20M%C3%A4rz.pdf
        Content-Transfer-Encoding: base64

        AAECAw==
        --a b--
        Not shown either.
        """

    @Test func textHTMLAndAttachmentsAreFound() {
        let mail = content(Self.mixed)
        #expect(mail.subject == "Grüße an a b and more")
        #expect(mail.text == "25 € soft break = done")
        #expect(mail.html == "<b>Grüße</b>")
        #expect(
            mail.attachments == [
                MailContent.Attachment(
                    name: "Rechnung März.pdf", mediaType: "application/pdf", bytes: 4)
            ])
    }

    @Test(arguments: [
        ("=?utf-8?q?a?= b", "a b"), ("=?utf-8?q?a?=  =?utf-8?q?b?=", "ab"),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"), ("=?iso-8859-1?q?=FC?=", "ü"),
        ("=?windows-1252?q?=80?=", "€"), ("=?utf-8*de?q?=C3=BC?=", "ü"),
        ("=?nothing?q?a?=", "a"), ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ("=?utf-8?q?=ZZ=C3?=", "=ZZ\u{FFFD}"), ("=?", "=?"), ("a =?b", "a =?b"),
        ("=?utf-8?q??=", ""),
    ])
    func encodedWordsAreUndone(text: String, expected: String) {
        #expect(EncodedWords.decode(text) == expected)
    }

    @Test(arguments: [
        "", "\n", "no header at all", "Subject\n\nx", ": x\n\nx",
        "Content-Type: multipart/mixed\n\nx",
        "Content-Type: multipart/mixed; boundary=\"\n\n--\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a", "Content-Type: ;;;=;\n\nx",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n--a\n--a--\n--a\n",
        "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n====A=B",
        " folded from nothing\n\nx",
    ])
    func whatIsMalformedIsShownAsFarAsItGoes(text: String) {
        let mail = content(text)
        #expect(mail.text != nil || mail.attachments.isEmpty)
    }

    @Test func partsWithinPartsHaveAnEnd() {
        var text = ""
        for depth in 0..<200 {
            text += "Content-Type: multipart/mixed; boundary=b\(depth)\n\n--b\(depth)\n"
        }
        #expect(content(text).text?.hasPrefix("--b10") == true)
        let many =
            "Content-Type: multipart/mixed; boundary=b\n\n"
            + String(
                repeating: "--b\nContent-Type: image/png\n\nx\n", count: 1_000)
        #expect(content(many).attachments.count < 1_000)
    }

    @Test func damagedMessagesHurtNobody() {
        let random = SeededRandom()
        let whole = Array(Self.mixed.replacing("\n", with: "\r\n").utf8)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<8 {
                let noise = random.bytes(4)
                let place = (Int(noise[0]) << 8 | Int(noise[1])) % bytes.count
                switch noise[2] % 3 {
                case 0: bytes[place] = noise[3]
                case 1: bytes.remove(at: place)
                default: bytes.insert(noise[3], at: place)
                }
            }
            let view = MailView(
                CaughtMail(
                    id: "1", envelope: MailEnvelope(sender: ""), receivedAt: .init(seconds: 0),
                    text: bytes))
            #expect(view.bytes == bytes.count)
        }
    }
}
