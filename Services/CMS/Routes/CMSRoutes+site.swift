internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

extension CMSRoutes {
    /// What browsers, feed readers and search engines read.
    func site(pages kinds: [DocumentKind]) -> RouteTable {
        var routes = RouteTable(tag: "site")
        for kind in kinds { addPage(kind, to: &routes) }
        addLists(to: &routes)
        addPreviewPage(to: &routes)
        return routes
    }

    private func addPage(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.raw(
            .get, "/\(kind.plural)/{slug}", "Read a \(kind.rawValue)",
            id: Self.id("show", kind), access: .open,
            parameters: [.path("slug", String.self, "The end of its address.")],
            produces: ["text/html"], problems: [.moved, .gone], waitsFor: Self.documentsShown
        ) { call in
            try await WebPage.answer(call.request, site) {
                let document = try await document(kind, call.path("slug"), kind.path)
                let text = site.page(of: await article(document))
                return WebPage.cached(
                    text, type: WebPage.html, tag: "\(document.tag)-\(Self.pageForm)",
                    modified: document.releasedAt, for: call.request)
            }
        }
    }

    /// Raised when pages look otherwise, so that caches notice.
    private static let pageForm = 1

    private func article(_ document: PublicDocument) async -> Article {
        let version = document.version
        return Article(
            kind: document.kind, slug: version.slug, title: version.title,
            summary: version.summary,
            output: await cache.output(of: document.id, version.number, version.body),
            published: document.firstReleasedAt, changed: document.releasedAt)
    }

    private func addLists(to routes: inout RouteTable) {
        routes.raw(
            .get, "/posts", "Read the newest posts", id: "showPosts", access: .open,
            produces: ["text/html"], waitsFor: Self.documentsShown
        ) { call in
            let items = try await queries.newest(.post, AtomFeed.mostEntries).map {
                PublicListItem($0, home: site.home)
            }
            return WebPage.cached(site.posts(items), type: WebPage.html, for: call.request)
        }
        routes.raw(
            .get, AtomFeed.path, "Follow the posts (Atom)", id: "getFeed", access: .open,
            produces: ["application/atom+xml"], waitsFor: Self.documentsShown
        ) { call in
            var entries: [AtomFeed.Entry] = []
            for document in try await queries.newest(.post, AtomFeed.mostEntries) {
                entries.append(.init(id: document.id, article: await article(document)))
            }
            return WebPage.cached(
                AtomFeed(site: site).text(entries), type: AtomFeed.mediaType, for: call.request)
        }
        routes.raw(
            .get, "/pages/sitemap.xml", "List every public address", id: "getSitemap",
            access: .open, produces: ["application/xml"], waitsFor: Self.documentsShown
        ) { call in
            WebPage.cached(
                Sitemap.text(try await queries.places(), home: site.home),
                type: "application/xml; charset=utf-8", for: call.request)
        }
    }

    private func addPreviewPage(to routes: inout RouteTable) {
        routes.raw(
            .get, "/preview/{token}", "Read a version by its link", id: "showPreview",
            access: .open, parameters: [.path("token", String.self, "The end of the link.")],
            produces: ["text/html"], problems: [.gone, .previewExpired],
            waitsFor: Self.documentsShown
        ) { call in
            var response = try await WebPage.answer(call.request, site) {
                try await preview(call.path("token"))
            }
            response.headers.set("X-Robots-Tag", "noindex, nofollow")
            response.headers.set("Cache-Control", "no-store")
            response.headers.set("Referrer-Policy", "no-referrer")
            return response
        }
    }

    private func preview(_ token: String) async throws -> HTTPResponse {
        guard let ticket = signer.ticket(token) else { throw ProblemSlug.notFound.problem() }
        guard context.clock.now() < ticket.expiresAt else {
            throw ProblemSlug.previewExpired.problem()
        }
        let state = try await queries.store.load(Document.self, ticket.documentID).state
        if state.phase == .removed { throw ProblemSlug.gone.problem() }
        let version = try await queries.version(ticket.documentID, ticket.number)
        let article = Article(
            kind: state.kind, slug: version.slug, title: version.title, summary: version.summary,
            output: await cache.output(of: ticket.documentID, version.number, version.body),
            published: state.firstReleasedAt, changed: version.writtenAt)
        let text = site.preview(of: article, version: version.number, until: ticket.expiresAt)
        var response = HTTPResponse.bytes(Array(text.utf8), type: WebPage.html)
        WebPage.protect(&response)
        return response
    }
}
