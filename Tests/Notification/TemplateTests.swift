import Testing

@testable import NotificationService

@Suite struct TemplateTests {
    private static let harmful: [(value: String, html: String, line: String)] = [
        (
            "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
            "<script>alert(1)</script>"
        ),
        (
            "\"><img src=x onerror='x'>", "&quot;&gt;&lt;img src=x onerror=&#39;x&#39;&gt;",
            "\"><img src=x onerror='x'>"
        ),
        ("a & b &amp; c", "a &amp; b &amp;amp; c", "a & b &amp; c"),
        ("x\r\nBcc: all@example.org", "x  Bcc: all@example.org", "x  Bcc: all@example.org"),
        ("x\nSubject: y\u{0}\u{1B}[31m", "x Subject: y  [31m", "x Subject: y  [31m"),
        ("\u{202E}gpj.exe", "gpj.exe", "gpj.exe"),
        ("line\u{2028}break\u{85}next", "line break next", "line break next"),
        ("Ünïcode 🎉 日本", "Ünïcode 🎉 日本", "Ünïcode 🎉 日本"),
        ("{{total}}", "{{total}}", "{{total}}"),
    ]

    @Test(arguments: harmful) func valuesAreMadeHarmless(
        _ one: (value: String, html: String, line: String)
    ) throws {
        let html = try TemplatePattern("<p>{{reason}}</p>", .html)
        #expect(try html.fill(["reason": one.value]) == "<p>\(one.html)</p>")
        let line = try TemplatePattern("Re: {{reason}}", .line)
        #expect(try line.fill(["reason": one.value]) == "Re: \(one.line)")
        let text = try TemplatePattern("A\n{{reason}}\nB", .text)
        #expect(try text.fill(["reason": one.value]) == "A\n\(one.line)\nB")
    }

    @Test func valuesThatLookLikeBreaksOfTwoCharactersAreOne() throws {
        // CR LF is one character to Swift; it must still be two to the filter.
        let line = try TemplatePattern("{{reason}}", .line)
        #expect(try !line.fill(["reason": "a\r\nb"]).unicodeScalars.contains("\n"))
    }

    @Test(arguments: [
        "{{", "a }} b", "{{ code }}", "{{}}", "{{Code}}", "{{a{{b}}", "<a href=\"{{code}}\">x</a>",
        "<p {{code}}>",
    ]) func bracesAreStrict(_ text: String) {
        #expect(throws: TemplateFault.self) { try TemplatePattern(text, .html) }
    }

    @Test func aMissingValueIsAFault() throws {
        let pattern = try TemplatePattern("{{code}}", .text)
        #expect(throws: TemplateFault.self) { try pattern.fill([:]) }
    }

    @Test func everyTemplateHasAllItsPartsAndSaysAllItCan() throws {
        let library = try TemplateLibrary(platformURL: "https://souk.example")
        for name in TemplateNames.all {
            let values = Dictionary(
                uniqueKeysWithValues: TemplateNames.values(of: name).map { ($0, "<\($0)>") })
            let letter = try #require(try library.letter(name, values))
            #expect(!letter.subject.isEmpty && !letter.subject.contains("\n"))
            #expect(letter.html.hasPrefix("<!DOCTYPE html>"))
            #expect(letter.html.contains("https://souk.example"))
            for (key, value) in values {
                #expect(letter.text.contains(value), "\(name) does not say \(key)")
                #expect(letter.html.contains("&lt;\(key)&gt;"), "\(name) does not say \(key)")
                #expect(!letter.html.contains(value))
            }
            #expect(!letter.text.contains("{{") && !letter.html.contains("{{"))
            if let type = NotificationType(rawValue: name) {
                let notice = try library.notice(type, values)
                #expect(!notice.title.isEmpty && notice.title.count <= 255)
                #expect(!notice.content.isEmpty)
            }
        }
        #expect(try library.letter("no_such_template", [:]) == nil)
    }

    @Test(arguments: [
        "subject: Hi\n--- text\n{{cod}}\n--- html\n<p>{{code}}</p>\n",
        "subject: Hi {{total}}\n--- text\n{{code}}\n--- html\n<p>{{code}}</p>\n",
        "--- text\nA\n--- html\n<p>B</p>\n", "subject: Hi\n--- text\nA\n",
        "subject: Hi\n--- text\n\n--- html\n<p>B</p>\n",
        "subject: Hi\nto: all\n--- text\nA\n--- html\n<p>B</p>\n",
        "subject: Hi\nsubject: Ho\n--- text\nA\n--- html\n<p>B</p>\n",
        "title: Hi\nsubject: Hi\n--- text\nA\n--- html\n<p>B</p>\n",
        "subject: Hi\n--- text\nA\n--- html\n<p>{{body}}</p>\n",
    ]) func aWrongTemplateStopsTheStart(_ source: String) {
        var sources = TemplateSources.all
        sources["email_verification"] = source
        #expect(throws: TemplateFault.self) {
            try TemplateLibrary(sources: sources, platformURL: "https://souk.example")
        }
    }

    @Test func aMissingTemplateStopsTheStart() {
        var sources = TemplateSources.all
        sources["welcome"] = nil
        #expect(throws: TemplateFault.self) {
            try TemplateLibrary(sources: sources, platformURL: "https://souk.example")
        }
    }
}
