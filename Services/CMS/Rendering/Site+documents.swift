internal import EventTypes
internal import HTTP

/// A version of a document, ready to be shown.
struct Article: Sendable {
    let kind: DocumentKind
    let slug: String
    let title: String
    let summary: String
    let output: Markdown.Output
    /// When the public first read it; nil where it never did.
    let published: Timestamp?
    let changed: Timestamp?
}

extension Site {
    /// The page of a document.
    func page(of article: Article) -> String {
        page(head(article), content(article))
    }

    /// The same for those who were given a link, before the public reads it.
    func preview(of article: Article, version: Int64, until: Timestamp) -> String {
        var head = head(article)
        head.isIndexed = false
        let notice =
            "<p class=\"notice\">Preview of version \(version). This is not public; the link ends "
            + "on \(Self.day(until)).</p>\n"
        return page(head, notice + content(article))
    }

    /// A page that says why there is none.
    func message(_ title: String, _ detail: String) -> String {
        var head = Head(title: title)
        head.isIndexed = false
        return page(
            head, "<h1>\(MarkupText.escape(title))</h1>\n<p>\(MarkupText.escape(detail))</p>")
    }

    /// The newest posts, one below the other.
    func posts(_ items: [PublicListItem]) -> String {
        var lines = ["<h1>News</h1>"]
        if items.isEmpty { lines.append("<p class=\"lead\">Nothing has been posted yet.</p>") }
        lines.append("<ul class=\"list\">")
        for item in items {
            let path = MarkupText.escape(item.kind.path(item.slug))
            var entry = "<li><h2><a href=\"\(path)\">\(MarkupText.escape(item.title))</a></h2>"
            entry += "<p class=\"meta\">\(Self.day(item.publishedAt))</p>"
            if !item.summary.isEmpty { entry += "<p>\(MarkupText.escape(item.summary))</p>" }
            lines.append(entry + "</li>")
        }
        lines.append("</ul>")
        let head = Head(title: "News", summary: "News of \(name).", path: "/posts")
        return page(head, lines.joined(separator: "\n"))
    }

    private func head(_ article: Article) -> Head {
        Head(
            title: article.title, summary: article.summary, path: article.kind.path(article.slug),
            type: article.kind == .post ? "article" : "website", published: article.published,
            modified: article.changed, picture: article.output.picture)
    }

    private func content(_ article: Article) -> String {
        var lines = ["<h1>\(MarkupText.escape(article.title))</h1>"]
        if article.kind == .post, let published = article.published {
            lines.append("<p class=\"meta\">\(Self.day(published))</p>")
        }
        if !article.summary.isEmpty {
            lines.append("<p class=\"lead\">\(MarkupText.escape(article.summary))</p>")
        }
        lines.append("<article>\n\(article.output.html)</article>")
        return lines.joined(separator: "\n")
    }
}
