import HTTP
import Testing

@Suite struct MarkupTextTests {
    @Test(arguments: [
        ("plain – ünïcode 🛒", "plain – ünïcode 🛒"),
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
        ("\" onload=\"x", "&quot; onload=&quot;x"), ("&lt;", "&amp;lt;"),
        ("a\u{0}b\u{1F}c\u{FFFE}d", "abcd"), ("line\n\ttab\r", "line\n\ttab\r"), ("", ""),
    ])
    func itIsNothingButText(text: String, escaped: String) {
        #expect(MarkupText.escape(text) == escaped)
    }
}
