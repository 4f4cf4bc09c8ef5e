internal import EventTypes
internal import HTTP

/// All public addresses for search engines (sitemaps.org, version 0.9).
enum Sitemap {
    /// The most addresses that the form allows.
    static let mostAddresses = 50_000

    struct Place: Sendable {
        let path: String
        let changed: Timestamp
    }

    static func text(_ places: [Place], home: String) -> String {
        var lines = [
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
            "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">",
        ]
        for place in places {
            lines.append(
                "<url><loc>\(MarkupText.escape(home + place.path))</loc>"
                    + "<lastmod>\(Site.second(place.changed))</lastmod></url>")
        }
        return (lines + ["</urlset>", ""]).joined(separator: "\n")
    }
}
