internal import EventTypes
internal import HTTP

/// What all pages have in common.
struct Site: Sendable {
    let name: String
    /// Where the public reaches the platform, without a slash at the end.
    let home: String

    /// What a browser may do on a page: show it and its pictures, and nothing else.
    static let policy = """
        default-src 'none'; img-src 'self' https:; media-src 'self' https:; \
        style-src \(Stylesheet.source); base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'
        """

    /// What the head of a page says.
    struct Head {
        var title: String
        var summary = ""
        /// Path of the page's own address; none for pages that have none.
        var path: String?
        /// As Open Graph names it.
        var type = "website"
        var published: Timestamp?
        var modified: Timestamp?
        var picture: String?
        var isIndexed = true
    }

    /// A whole page around `content`, which is HTML.
    func page(_ head: Head, _ content: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(MarkupText.escape(head.title)) · \(MarkupText.escape(name))</title>
        \(tags(head).joined(separator: "\n"))
        <style>\(Stylesheet.text)</style>
        </head>
        <body>
        <header class="bar"><a class="home" href="/">\(MarkupText.escape(name))</a>\
        <a href="/posts">News</a></header>
        <main>
        \(content)
        </main>
        <footer><div>\(MarkupText.escape(name))</div></footer>
        </body>
        </html>

        """
    }

    private func tags(_ head: Head) -> [String] {
        var tags: [String] = []
        func meta(_ kind: String, _ name: String, _ value: String) {
            tags.append("<meta \(kind)=\"\(name)\" content=\"\(MarkupText.escape(value))\">")
        }
        if !head.summary.isEmpty { meta("name", "description", head.summary) }
        if !head.isIndexed { meta("name", "robots", "noindex, nofollow") }
        if let path = head.path, head.isIndexed {
            let address = MarkupText.escape(home + path)
            tags.append("<link rel=\"canonical\" href=\"\(address)\">")
            meta("property", "og:title", head.title)
            meta("property", "og:type", head.type)
            meta("property", "og:url", home + path)
            meta("property", "og:site_name", name)
            if !head.summary.isEmpty { meta("property", "og:description", head.summary) }
            if let picture = head.picture {
                meta("property", "og:image", WebAddress.absolute(picture, under: home))
            }
            if let time = head.published, head.type == "article" {
                meta("property", "article:published_time", Self.second(time))
            }
            if let time = head.modified, head.type == "article" {
                meta("property", "article:modified_time", Self.second(time))
            }
            meta("name", "twitter:card", head.picture == nil ? "summary" : "summary_large_image")
        }
        let feed = MarkupText.escape(home + AtomFeed.path)
        tags.append(
            "<link rel=\"alternate\" type=\"application/atom+xml\" "
                + "title=\"\(MarkupText.escape(name))\" href=\"\(feed)\">")
        return tags
    }

    /// RFC 3339 without a fraction.
    static func second(_ time: Timestamp) -> String {
        String(time.description.prefix(19)) + "Z"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// A day as people read it, with its exact time beside it.
    static func day(_ time: Timestamp) -> String {
        let (year, month, day) = time.date
        return "<time datetime=\"\(second(time))\">\(day) \(months[month - 1]) \(year)</time>"
    }
}
