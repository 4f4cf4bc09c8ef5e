import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

/// What browsers, caches, feed readers and search engines get.
@Suite(.timeLimit(.minutes(10))) struct SiteTests {
    @Test func cachesAskAndAreTold() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            try await desk.publish(page)
            for path in ["/pages/offers", "/api/v1/pages/by-slug/offers"] {
                let first = try await desk.get(path)
                let tag = try #require(first.headers["ETag"])
                #expect(tag.hasPrefix("\"") && first.headers["Cache-Control"] == "public, no-cache")
                let known = try await desk.get(path, ["If-None-Match": "\"x\", W/\(tag)"])
                #expect(known.status == 304 && known.bytes.isEmpty)
                #expect(known.headers["ETag"] == tag)
                #expect(try await desk.get(path, ["If-None-Match": "\"x\""]).status == 200)
                #expect(first.headers["Last-Modified"] == "Thu, 01 Jan 2026 00:00:00 GMT")
            }
            let since = ["If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"]
            #expect(try await desk.get("/pages/offers", since).status == 304)
            let tag = try #require(try await desk.get("/pages/offers").headers["ETag"])
            _ = try await desk.act(.put, on: page, body: Desk.content("offers", body: "New."))
            // A draft changes nothing for the public.
            #expect(try await desk.get("/pages/offers", ["If-None-Match": tag]).status == 304)
            try await desk.publish(page, version: 2)
            #expect(try await desk.get("/pages/offers", ["If-None-Match": tag]).status == 200)
            // The date is not looked at where a tag is sent.
            let both = since.merging(["If-None-Match": tag]) { $1 }
            #expect(try await desk.get("/pages/offers", both).status == 200)
        }
    }

    @Test func aPageSaysWhatItIsAndRunsNothing() async throws {
        try await Desk.with { desk in
            let post = try await desk.begin(
                "posts", "a-post", title: "Tom & \"Jerry\" <b>",
                body: "## Part\n\n![x](/media/1/a.png)\n\n<script>alert(1)</script>")
            try await desk.publish(post)
            let page = try await desk.get("/posts/a-post")
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none';") && !policy.contains("script"))
            #expect(page.headers["X-Content-Type-Options"] == "nosniff")
            for part in [
                "<title>Tom &amp; &quot;Jerry&quot; &lt;b&gt; · Souk</title>",
                "<link rel=\"canonical\" href=\"https://souk.example/posts/a-post\">",
                "<meta property=\"og:type\" content=\"article\">",
                "<meta property=\"og:image\" content=\"https://souk.example/media/1/a.png\">",
                "<meta property=\"article:published_time\" content=\"2026-01-01T00:00:00Z\">",
                "<h2 id=\"part\">Part</h2>", "1 January 2026",
            ] {
                #expect(page.text.contains(part), "\(part)")
            }
            #expect(!page.text.contains("<script"))
            let head = try await desk.harness.call(.head, "/posts/a-post", key: .none)
            #expect(head.status == 200 && head.headers["ETag"] == page.headers["ETag"])
        }
    }

    @Test func whatIsNotThereIsAPageToBrowsersAndAProblemToOthers() async throws {
        try await Desk.with { desk in
            for path in ["/pages/nothing", "/posts/..", "/pages/%00", "/preview/nonsense"] {
                #expect(try await desk.get(path).problem == "not-found", "\(path)")
                let page = try await desk.get(path, ["Accept": "text/html,*/*;q=0.8"])
                #expect(page.status == 404 && page.text.contains("<h1>There is nothing here</h1>"))
            }
        }
    }

    @Test func previewsAreForThoseWithTheLinkAndEnd() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "Not yet.")
            let made = try await desk.act(
                on: page, "/preview", body: ["version": 1, "expires_in_seconds": 60])
            let url = try #require(made.json["url"]?.string)
            #expect(url.hasPrefix("https://souk.example/preview/"))
            let path = String(url.dropFirst("https://souk.example".count))
            _ = try await desk.act(.put, on: page, body: Desk.content("offers", body: "Changed."))
            let shown = try await desk.get(path)
            #expect(shown.status == 200 && shown.text.contains("Not yet."))
            #expect(shown.text.contains("<meta name=\"robots\" content=\"noindex, nofollow\">"))
            #expect(!shown.text.contains("canonical"))
            #expect(shown.headers["X-Robots-Tag"] == "noindex, nofollow")
            #expect(shown.headers["Cache-Control"] == "no-store")
            for place in 0..<10 {
                var forged = Array(path.utf8)
                let index = forged.count - 1 - place * 4
                forged[index] = forged[index] == 65 ? 66 : 65
                let answer = try await desk.get(String(decoding: forged, as: UTF8.self))
                #expect(answer.status == 404)
            }
            desk.harness.clock.advance(by: .seconds(60))
            #expect(try await desk.get(path).problem == "preview-expired")
            desk.harness.clock.advance(by: .seconds(-30))
            _ = try await desk.act(.delete, on: page)
            #expect(try await desk.get(path).problem == "gone")
        }
    }

    @Test func listsFeedAndSitemapHoldWhatIsPublic() async throws {
        try await Desk.with { desk in
            let empty = try await desk.get("/posts/feed.xml")
            #expect(empty.text.contains("<updated>1970-01-01T00:00:00Z</updated>"))
            for number in 1...5 {
                let post = try await desk.begin(
                    "posts", "post-\(number)", title: "Post & \(number)", body: "x <y> \(number)")
                if number < 5 { try await desk.publish(post) }
                desk.harness.clock.advance(by: .seconds(60))
            }
            let page = try await desk.begin("pages", "about")
            try await desk.publish(page)
            let first = try await desk.get("/api/v1/posts?limit=3").json
            #expect(
                first["items"]?.array?.map { $0["slug"] } == ["post-4", "post-3", "post-2"])
            let rest = try await desk.get(
                "/api/v1/posts?limit=3&cursor=\(first["next"]?.string ?? "")"
            ).json
            #expect(rest["items"]?.array?.map { $0["slug"] } == ["post-1"])

            let feed = try await desk.get("/posts/feed.xml")
            #expect(feed.headers["Content-Type"] == "application/atom+xml; charset=utf-8")
            #expect(feed.text.contains("<title>Post &amp; 4</title>"))
            #expect(feed.text.contains("<updated>2026-01-01T00:03:00Z</updated>"))
            #expect(!feed.text.contains("post-5"))
            let tag = try #require(feed.headers["ETag"])
            #expect(try await desk.get("/posts/feed.xml", ["If-None-Match": tag]).status == 304)

            let map = try await desk.get("/pages/sitemap.xml").text
            #expect(map.contains("<loc>https://souk.example/pages/about</loc>"))
            #expect(map.contains("<loc>https://souk.example/posts/post-1</loc>"))
            #expect(!map.contains("post-5"))
            let news = try await desk.get("/posts").text
            #expect(news.contains("href=\"/posts/post-4\"") && !news.contains("post-5"))
        }
    }
}
