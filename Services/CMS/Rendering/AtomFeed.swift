internal import EventTypes
internal import HTTP

/// The newest posts for feed readers (RFC 4287).
struct AtomFeed: Sendable {
    static let path = "/posts/feed.xml"
    static let mediaType = "application/atom+xml; charset=utf-8"
    static let mostEntries = 20

    let site: Site

    struct Entry: Sendable {
        let id: DocumentID
        let article: Article
    }

    func text(_ entries: [Entry]) -> String {
        // A feed without entries was never changed.
        let updated = entries.compactMap(\.article.changed).max() ?? Timestamp(seconds: 0)
        let address = MarkupText.escape(site.home + Self.path)
        let name = MarkupText.escape(site.name)
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <id>\(address)</id>
            <title>\(name)</title>
            <updated>\(Site.second(updated))</updated>
            <author><name>\(name)</name></author>
            <link rel="self" type="application/atom+xml" href="\(address)"/>
            <link rel="alternate" type="text/html" href="\(MarkupText.escape(site.home))/posts"/>
            \(entries.map(entry).joined(separator: "\n"))
            </feed>

            """
    }

    private func entry(_ entry: Entry) -> String {
        let article = entry.article
        let address = MarkupText.escape(site.home + article.kind.path(article.slug))
        let changed = article.changed ?? Timestamp(seconds: 0)
        var lines = [
            "<entry>", "<id>urn:uuid:\(entry.id)</id>",
            "<title>\(MarkupText.escape(article.title))</title>",
            "<published>\(Site.second(article.published ?? changed))</published>",
            "<updated>\(Site.second(changed))</updated>",
            "<link rel=\"alternate\" type=\"text/html\" href=\"\(address)\"/>",
        ]
        if !article.summary.isEmpty {
            lines.append("<summary>\(MarkupText.escape(article.summary))</summary>")
        }
        lines.append(
            "<content type=\"html\" xml:base=\"\(address)\">"
                + "\(MarkupText.escape(article.output.html))</content>")
        return (lines + ["</entry>"]).joined(separator: "\n")
    }
}
