import Testing

@testable import CMSService

/// Texts that make converters slow are refused, or take little time.
@Suite(.timeLimit(.minutes(10))) struct MarkdownBoundsTests {
    private static func fill(_ text: String, _ bytes: Int = MarkdownBounds.mostBytes) -> String {
        String(repeating: text, count: bytes / text.utf8.count)
    }

    /// The same again and again on lines as long as lines may be.
    private static func lines(_ text: String) -> String {
        let line = fill(text, MarkdownBounds.longestWord) + " "
        return fill(line + "\n")
    }

    private static let pieces = [
        "*a **a ", "a**b", "*a ", "_a ", "a_ ", "a***", "*a_b~", "[a", "a]", "![l", "![[]()",
        "![](",
        "[a](", "[a](<b", "[ (](", "> ", ">", "* ", "-", "- ", "1. ", "+ ", "a``", "`", "\\", "&",
        "&#x", "&amp;", "<", "<!--", "<?", "<a ", "<![CDATA[", "<!A ", "</", "<a b='", "www.",
        "www.a", "www.a ", ":", "http://", "http://a", "@", "a@", "a.@", "b.", "a+@a", "(", ")",
        "http://a)))", "&lt;", ";", "http://a) ", "a://", "_@_", "xmpp:a@b/", "mailto:a@", "~",
        "~a", "~~a ", "a~~ ", "|", "x|", "|a|b|\n", "-|", "a|b\n-|-\n\n", "|-|\n", "\\|", "||\n",
        "[a]: /u\n", "[a]: ", "[a]: b '\n", "[", "]", "\t", " ", " \n", "- [ ] a\n", "a\n=\n", "# ",
        " #", "<div>\n", "<!-- \n", "<script>\n", "```\n", "~~~ \n", "a  \n", "***\n", "_ ",
        "* * *\n", "> - ", ">\n", "\n", "é)", "ß@", "\u{301}", "👩‍👩‍👧‍👦",
    ]

    private static let wholes = [
        String(repeating: "[", count: 60_000) + "a" + String(repeating: "]", count: 60_000),
        (0..<350).map { String(repeating: "  ", count: $0) + "* a\n" }.joined(),
        (1..<500).map { "e" + String(repeating: "`", count: $0) }.joined(),
        "http://a" + fill(")", 120_000), "a@" + fill("b.", 120_000),
        "|" + fill("x|", 60_000) + "\n|" + fill("-|", 60_000) + "\n",
        "|" + fill("x|", 2_000) + "\n|" + fill("-|", 2_000) + "\n" + fill("a\n", 120_000),
        "|" + fill("x|", 128) + "\n|" + fill("-|", 128) + "\n" + fill("a\n", 20_000),
        "a|b\n-|-\n" + fill("a\n", 20_000),
        "[x]: /" + fill("u", 2_000) + "\n\n" + fill("[x] ", 100_000),
        "[x]: /u \"" + fill("u ", 60_000) + "\"\n\n" + fill("[x]\n\n", 60_000),
        "[x]: /u \"" + fill("u \n[y]: z ", 60_000) + "\"\n\n" + fill("[x]\n\n", 60_000),
        (0..<3_000).map { "[a\($0)]: /u\n" }.joined() + fill("[a1] ", 60_000),
        String(repeating: "> ", count: 1_000) + "a\n" + fill("b\n", 100_000),
        String(repeating: "> ", count: 20) + "a\n" + fill("b\n", 18_000),
        String(repeating: "- ", count: 20) + "a\n" + fill("\n", 9_000),
        (0..<300).map { String(repeating: "  ", count: $0) + "- a\n" }.joined() + fill("\n", 9_000),
        (0..<200).map { String(repeating: "  ", count: $0) + "- a\n" }.joined()
            + fill("b\n", 15_000),
    ]

    @Test func allOfThemTakeLittle() throws {
        var slowest: (Duration, String) = (.zero, "")
        var refused = 0
        let texts = Self.pieces.flatMap { [Self.fill($0), Self.lines($0)] } + Self.wholes
        for text in texts {
            let start = ContinuousClock.now
            let output = Markdown.renderNow(text, home: "https://souk.example")
            let time = ContinuousClock.now - start
            if output == nil { refused += 1 }
            if time > slowest.0 { slowest = (time, String(text.prefix(40))) }
            #expect((output?.html.utf8.count ?? 0) <= Markdown.mostHTML)
        }
        print("slowest of \(texts.count): \(slowest), refused: \(refused)")
        // Generous: a debug build on a busy machine. In a release build it is a tenth.
        #expect(slowest.0 < .seconds(5), "\(slowest.1)")
    }

    @Test func whatPeopleWriteIsNotRefused() {
        let table =
            "| Product | Price |\n|---|--:|\n"
            + (0..<500).map { "| [Disc \($0)](/p/\($0)) | \($0) € |\n" }.joined()
        let links = (0..<400).map { "- [\($0)](https://a.example/\($0)) and [this][r]\n" }.joined()
        let text =
            "# Terms\n\n" + String(repeating: "A sentence, as they are. ", count: 2_000) + "\n\n"
            + table + "\n" + links + "\n[r]: https://a.example/r \"R\"\n\n> a\n> > b\n\n"
            + "1. x\n   - y\n     - z\n\n"
            + String(repeating: "漢字仮名交じり文", count: 500)
        #expect(MarkdownBounds.fault(of: text) == nil)
    }

    @Test(arguments: [
        (String(repeating: "a ", count: 65_537), "bytes"),
        (String(repeating: "\n", count: 10_001), "lines"),
        (String(repeating: "a", count: 2_049), "word"),
        (String(repeating: "> ", count: 21) + "a", "nests"),
        (String(repeating: "1. ", count: 21) + "a", "nests"),
        (String(repeating: "| ", count: 65), "row"),
        (String(repeating: "[ ", count: 2_001), "brackets"),
    ])
    func everyBoundIsNamed(_ text: String, _ word: String) throws {
        #expect(try #require(MarkdownBounds.fault(of: text)).contains(word))
    }
}
