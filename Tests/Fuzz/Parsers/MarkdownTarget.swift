@testable import CMSService

/// Markdown: the HTML is made of harmless tags only, whatever an author writes.
enum MarkdownTarget {
    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let text = String(decoding: input, as: UTF8.self)
        guard let output = Markdown.renderNow(text, home: "https://souk.example") else { return }
        var rest = output.html.replacing("<!-- raw HTML omitted -->", with: "")[...].utf8
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[rest.index(after: start)...]
            try takeTag(&rest)
        }
        if let picture = output.picture {
            try BrokenPromise.check(!isScript(picture), "pictures are no scripts")
        }
    }

    private static let tags: Set<String> = [
        "p", "em", "strong", "del", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "a", "img",
        "ul", "ol", "li", "input", "blockquote", "table", "thead", "tbody", "tr", "th", "td",
        "hr", "br",
    ]
    private static let attributes: Set<String> = [
        "href", "src", "alt", "title", "rel", "id", "loading", "class", "type", "checked",
        "disabled", "start", "align",
    ]

    /// A tag from behind its `<` to its `>`, of known names, every value in quotes.
    private static func takeTag(_ rest: inout Substring.UTF8View) throws(BrokenPromise) {
        if rest.first == UInt8(ascii: "/") { rest.removeFirst() }
        let name = takeName(&rest)
        try BrokenPromise.check(tags.contains(name), "there is no tag <\(name)>")
        while true {
            while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
            if rest.first == UInt8(ascii: "/") { rest.removeFirst() }
            if rest.first == UInt8(ascii: ">") { return }
            let attribute = takeName(&rest)
            try BrokenPromise.check(
                attributes.contains(attribute), "there is no attribute \(attribute)")
            try BrokenPromise.check(rest.starts(with: "=\"".utf8), "values stand in quotes")
            rest = rest.dropFirst(2)
            guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                throw BrokenPromise(promise: "values end")
            }
            let value = String(Substring(rest[..<end]))
            try BrokenPromise.check(!value.contains("<"), "no tag stands in a value")
            if attribute == "href" || attribute == "src" {
                try BrokenPromise.check(!isScript(value), "addresses are no scripts")
            }
            rest = rest[rest.index(after: end)...]
        }
    }

    private static func takeName(_ rest: inout Substring.UTF8View) -> String {
        let end = rest.firstIndex { byte in
            !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let name = String(Substring(rest[..<(end ?? rest.endIndex)]))
        rest = rest[(end ?? rest.endIndex)...]
        return name
    }

    /// Whether a browser would run an address, which it reads without blanks and controls.
    private static func isScript(_ address: String) -> Bool {
        let plain = address.replacing("&amp;", with: "&").lowercased().unicodeScalars
            .filter { $0.value > 0x20 && $0.value != 0x7F }
        let text = String(String.UnicodeScalarView(plain))
        return ["javascript:", "vbscript:", "data:", "file:"].contains { text.hasPrefix($0) }
    }
}
