internal import Crypto
internal import HTTP
internal import JSON

/// Publishes the day's offers as an editor does, and reads them as anybody does.
struct DemoPage: Sendable {
    /// What was published.
    struct Published: Sendable {
        let slug: String
        let mediaURL: String
        let titles: [String]
    }

    /// A round record, 48 pixels wide (PNG).
    private static let picture = """
        iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAYAAABXAvmHAAABEklEQVR42u2avRGDMAyFmSQ1RepUmYU5GCfDZJgM\
        kCpNUnLksNEv+L2z79wZ+32SMLbEMPS2tOd8+0o6pOjmYLzCTwOJFn4YSLbwVBDNwo9prPbDIbSiI8e6IaRirGEi\
        fT5cvFe4Zb5mxadA1BbJfolrY1LFS0RKQVwQWvdaQ8o6Z6j1M3chkxeixH/er80eBeG2fmnRkvA9kNJ8Ki9orW8V\
        X4NweUFjfa94DYQIQBs+EeK3IMxh5In9aACTFzKsf79eVj3DC2kA/+L3IDpAB2ADaPolhtlGoT5k8EcJ2sMc1HEa\
        /kJDcaWEv9RTpFXgE1sUqUX45C5Fep2iwEFRYqIo8lGUWWkK3TS/GtD87HF2+wFaAr4RFhFnGQAAAABJRU5ErkJg\
        gg==
        """
    private static var pictureBytes: [UInt8] { Base64.decode(picture) ?? [] }

    let client: DemoClient
    let admin: DemoSession
    let run: String

    /// Uploads a picture, writes the page and publishes it.
    func publish(offers: [(title: String, merchant: String)]) async throws -> Published {
        var upload = DemoClient.Request(.post, "/api/v1/media?name=record-\(run).png")
        upload.session = admin
        upload.key = "\(run)-picture"
        upload.body = Self.pictureBytes
        upload.type = "image/png"
        let media = try await client.send(upload)
        let url = Self.path(try media.text("url"))
        let slug = "offers-of-the-day-\(run)"
        let rows = offers.map { "| \($0.merchant) | **\($0.title)** |\n" }.joined()
        let body = """
            ![A record](\(url))

            | shop | offer |
            |---|---|
            \(rows)
            Every cent goes from the click to your account.
            """
        let page = try await DemoShop.make(
            client, admin, "/api/v1/pages",
            [
                "slug": .string(slug), "title": "Offers of the day", "body": .string(body),
                "summary": "What gives the most today.",
            ], key: "\(run)-page")
        var publish = try DemoClient.Request(
            .post, "/api/v1/pages/\(try page.text("id"))/publish", json: ["version": 1])
        publish.fields = [("If-Match", page.headers["ETag"] ?? "\"1\"")]
        publish.session = admin
        publish.key = "\(run)-publish"
        _ = try await client.send(publish)
        return Published(slug: slug, mediaURL: url, titles: offers.map(\.title))
    }

    /// Whether anybody reads what was published: the document, the page and the picture.
    func fault(in published: Published) async throws -> String? {
        var request = DemoClient.Request(.get, "/api/v1/pages/by-slug/\(published.slug)")
        request.passing = [404]
        let document = try await client.send(request)
        let html = document.body["html"]?.string ?? ""
        let page = try await client.send(DemoClient.Request(.get, "/pages/\(published.slug)"))
        let text = String(decoding: page.bytes, as: UTF8.self)
        for title in published.titles where !html.contains(title) || !text.contains(title) {
            return "\(title) is not on the page"
        }
        guard html.contains(published.mediaURL) else { return "the picture is not on the page" }
        guard page.headers["Content-Type"]?.hasPrefix("text/html") == true else {
            return "the page is \(page.headers["Content-Type"] ?? "of no type")"
        }
        guard let tag = document.headers["ETag"] else { return "the document has no ETag" }
        request.fields = [("If-None-Match", tag)]
        let again = try await client.send(request)
        guard again.status == 304 else { return "the same document comes again" }
        let picture = try await client.send(DemoClient.Request(.get, published.mediaURL))
        guard picture.bytes == Self.pictureBytes else { return "the picture is another one" }
        guard picture.headers["Content-Type"] == "image/png" else {
            return "the picture is \(picture.headers["Content-Type"] ?? "of no type")"
        }
        return nil
    }

    /// The path of a URL of this platform.
    private static func path(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        return String(url[scheme.upperBound...].drop { $0 != "/" })
    }
}
