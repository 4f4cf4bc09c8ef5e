import Testing

@testable import CMSService

/// What becomes of Markdown.
@Suite struct MarkdownTests {
    private func html(_ text: String) throws -> String {
        try #require(Markdown.renderNow(text, home: "https://souk.example")).html
    }

    @Test(arguments: [
        (
            "*a* **b** ~~c~~ `d`",
            "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n"
        ),
        (
            "# One\n## One\n### Ünï & \"x\"",
            "<h1 id=\"one\">One</h1>\n<h2 id=\"one-2\">One</h2>\n"
                + "<h3 id=\"ünï-x\">Ünï &amp; &quot;x&quot;</h3>\n"
        ),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n"
                + "<tbody>\n<tr>\n<td>1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n"
                + "</table>\n"
        ),
        (
            "- [x] done\n- [ ] open",
            "<ul>\n<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> done</li>\n"
                + "<li><input type=\"checkbox\" disabled=\"\" /> open</li>\n</ul>\n"
        ),
        (
            "[in](/pages/a) [own](https://souk.example/x) [out](https://other.example/?a=1&b=2)",
            "<p><a href=\"/pages/a\">in</a> <a href=\"https://souk.example/x\">own</a> "
                + "<a rel=\"nofollow noopener\" href=\"https://other.example/?a=1&amp;b=2\">out"
                + "</a></p>\n"
        ),
        (
            "[like](https://souk.example.evil/)",
            "<p><a rel=\"nofollow noopener\" href=\"https://souk.example.evil/\">like</a></p>\n"
        ),
        (
            "www.other.example",
            "<p><a rel=\"nofollow noopener\" href=\"http://www.other.example\">www.other.example"
                + "</a></p>\n"
        ),
        (
            "![Cover](/media/1/a.png)",
            "<p><img loading=\"lazy\" src=\"/media/1/a.png\" alt=\"Cover\" /></p>\n"
        ),
        ("[mail](mailto:a@b.example)", "<p><a href=\"mailto:a@b.example\">mail</a></p>\n"),
        (
            "```swift\nlet a = \"<b>\"\n```",
            "<pre><code class=\"language-swift\">let a = &quot;&lt;b&gt;&quot;\n</code></pre>\n"
        ),
    ])
    func itBecomesHTML(_ text: String, _ expected: String) throws {
        #expect(try html(text) == expected)
    }

    @Test func manyTextsAtOnceDoNotChangeEachOther() async {
        let text = String(repeating: "~~a~~ www.other.example\n\n", count: 20)
        let alone = Markdown.renderNow(text, home: "https://souk.example")?.html
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<2_000 {
                group.addTask { await Markdown.render(text, home: "https://souk.example")?.html }
            }
            var others = 0
            for await html in group where html != alone { others += 1 }
            #expect(alone?.contains("<del>a</del>") == true && others == 0)
        }
    }

    /// Texts that were used to run scripts on the pages of others.
    static let attacks = [
        "<script>alert(1)</script>", "<SCRIPT SRC=//x.example></SCRIPT>", "<scr<script>ipt>",
        "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "a <b onmouseover=alert(1)>b</b>",
        "<iframe src=javascript:alert(1)></iframe>", "<a href=\"javascript:alert(1)\">x</a>",
        "<style>@import 'x'</style>", "<math><mi xlink:href=\"javascript:alert(1)\">",
        "<!-- --><script>alert(1)</script>", "<![CDATA[<script>alert(1)</script>]]>",
        "<?php <script>alert(1)</script> ?>", "<textarea><script>", "<title><img src=x onerror=1>",
        "<body onload=alert(1)>", "<form action=javascript:alert(1)><input type=submit>",
        "<base href=//x.example>", "<meta http-equiv=refresh content=\"0;url=javascript:1\">",
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x]( javascript:alert(1))",
        "[x](java\tscript:alert(1))", "[x](<java\nscript:alert(1)>)",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A;&#x61;vascript&colon;alert(1))", "[x](javascript&#58;alert(1))",
        "[x](javascript&Tab;:alert(1))", "[x](&#1;javascript:alert(1))",
        "[x](%20javascript:alert(1))",
        "[x](java&NewLine;script:alert(1))", "[x](\u{1}javascript:alert(1))",
        "[x](vbscript:msgbox(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](data:image/svg+xml,<svg/onload=alert(1)>)", "[x](file:///etc/passwd)",
        "[x](feed:javascript:alert(1))", "[x](jar:javascript:alert(1))", "[x](blob:abc)",
        "[x](view-source:javascript:alert(1))", "[x](javascript://x.example/%0aalert(1))",
        "<javascript:alert(1)>", "<data:text/html,x>", "<vbscript:x>", "ftp://x.example/a",
        "![x](javascript:alert(1))", "![x](data:image/png;base64,AAAA)", "![x](mailto:a@b)",
        "![x\" onerror=\"alert(1)](/a.png)", "![x](/a.png \"y\\\" onerror=\\\"alert(1)\")",
        "[x](/a \"y\\\" onclick=\\\"alert(1)\")", "[x](/a'onclick=alert(1)//)",
        "[x](<\"onclick=alert(1)//>)", "[x]: javascript:alert(1)\n\n[x]",
        "[x][y]\n\n[y]: <javascript:alert(1)> 'z'", "[![x](javascript:1)](javascript:2)",
        "```\"><script>alert(1)</script>\nx\n```", "``` x\" onclick=\"alert(1)\nx\n```",
        "# <script>alert(1)</script>", "# x\" onclick=\"alert(1)", "| <script> |\n|---|\n| <img> |",
        "- [x] <script>alert(1)</script>", "`<script>alert(1)</script>`", "    <script>x</script>",
        "\\<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<a href=\"x\" <script>alert(1)</script>>", "<x:script xmlns:x=\"y\">", "<ｓcript>",
        "a@b.example<script>", "http://x.example/\"onclick=alert(1)", "www.x.example/<script>",
        "http://x.example/'onmouseover=alert(1)//", "xmpp:a@b.example/javascript:x",
    ]

    @Test(arguments: attacks) func nothingOfAnAuthorsRuns(_ text: String) throws {
        for text in [text, "> \(text)", "1. \(text)", "| a |\n|---|\n| \(text) |", "**\(text)**"] {
            for tag in Tags.of(try html(text)) {
                #expect(Tags.known.contains(tag.name), "\(text): <\(tag.name)>")
                for (name, value) in tag.attributes {
                    #expect(Tags.attributes.contains(name), "\(text): \(name)")
                    guard name == "href" || name == "src" else { continue }
                    let scheme = value.lowercased().prefix { $0 != ":" && $0 != "/" && $0 != "?" }
                    let isPlain = !value.contains(":") || scheme.count + 1 > value.count
                    let rest = value.dropFirst(scheme.count)
                    #expect(
                        isPlain || !rest.hasPrefix(":")
                            || ["http", "https", "mailto"].contains(scheme), "\(text): \(value)")
                }
            }
        }
    }

    @Test(arguments: [
        ("javascript:x", false), ("https://a", true), ("HTTP://a", true), ("//a", true),
        ("/a:b", true), ("?a:b", true), ("#a:b", true), ("a", true), ("", true), ("tel:1", true),
        ("mailto:a", true), (" \tjava\nscript:x", false), ("data:image/png,x", false),
        ("x\u{AD}:y", false), ("\\\\a:b", true), (":x", false),
    ])
    func addressesAreOfHarmlessSchemes(_ address: String, _ isHarmless: Bool) {
        #expect(WebAddress.isHarmless(address) == isHarmless)
    }

    @Test func aRefusedAddressLeavesItsText() throws {
        #expect(try html("a [*b* c](javascript:x) d") == "<p>a <em>b</em> c d</p>\n")
        #expect(try html("![alt](data:x)") == "<p>alt</p>\n")
    }
}

/// Reads the tags of HTML that is well formed enough to be ours; what is not shows as a wrong tag.
private enum Tags {
    struct Tag {
        let name: String
        let attributes: [(String, String)]
    }

    static let known: Set<String> = [
        "p", "em", "strong", "del", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "a", "img",
        "ul", "ol", "li", "input", "blockquote", "table", "thead", "tbody", "tr", "th", "td",
        "hr", "br",
    ]
    static let attributes: Set<String> = [
        "href", "src", "alt", "title", "rel", "id", "loading", "class", "type", "checked",
        "disabled", "start", "align",
    ]

    static func of(_ html: String) -> [Tag] {
        // No comment of the library's is a tag.
        html.replacing("<!-- raw HTML omitted -->", with: "").split(
            separator: "<", omittingEmptySubsequences: false
        ).dropFirst().map { piece in
            let inner = piece.prefix { $0 != ">" }
            var parts = inner.split(separator: "\"", omittingEmptySubsequences: false)
            let head = parts.removeFirst().split(separator: " ")
            var attributes: [(String, String)] = []
            var name = head.dropFirst().first.map { String($0.dropLast()) } ?? ""
            for (place, part) in parts.enumerated() {
                if place % 2 == 0 {
                    attributes.append((name, String(part)))
                } else {
                    let next = part.filter { $0 != " " && $0 != "/" }
                    name = String(next.dropLast(next.hasSuffix("=") ? 1 : 0))
                }
            }
            let tag = String(head.first ?? "").filter { $0 != "/" }
            return Tag(name: tag, attributes: attributes)
        }
    }
}
