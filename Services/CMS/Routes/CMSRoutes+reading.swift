internal import EventTypes
internal import HTTP
internal import ServiceKit

extension CMSRoutes {
    /// Caches keep it and ask each time whether it is still so: what is taken down is gone at once.
    static let caching = "public, no-cache"

    /// What everybody may read, as JSON.
    func reading(_ kind: DocumentKind) -> RouteTable {
        var routes = RouteTable(tag: kind.plural)
        routes.get(
            Self.path(kind), "List the public \(kind.plural), the newest first",
            id: Self.id("list", kind, "s"), access: .open, waitsFor: Self.documentsShown
        ) { call -> Reply<Page<PublicListItem>> in
            .ok(try await queries.published(kind, call.page, home: site.home))
                .header("Cache-Control", Self.caching)
        }
        routes.get(
            Self.path(kind, "/by-slug/{slug}"), "Read a public \(kind.rawValue)",
            id: Self.id("read", kind), access: .open,
            parameters: [.path("slug", String.self, "The end of its address.")],
            problems: [.moved, .gone], waitsFor: Self.documentsShown
        ) { call -> Reply<PublicDocumentView> in
            let document = try await document(kind, call.path("slug")) {
                Self.path(kind, "/by-slug/\($0)")
            }
            let output = await cache.output(
                of: document.id, document.version.number, document.version.body)
            let view = PublicDocumentView(document, html: output.html, home: site.home)
            return .ok(view).etag(document.tag).header("Cache-Control", Self.caching)
                .header("Last-Modified", HTTPDate.text(document.releasedAt))
        }
        return routes
    }

    /// The public document at an address.
    ///
    /// - Parameter address: of another slug, for who comes by an old one.
    /// - Throws: `Problem` 301, 404 or 410 where there is none.
    func document(
        _ kind: DocumentKind, _ slug: String, _ address: (String) -> String
    ) async throws -> PublicDocument {
        switch try await queries.place(kind, slug) {
        case .here(let document): return document
        case .moved(let present):
            var problem = ProblemSlug.moved.problem()
            problem.headers.set("Location", address(present))
            problem.headers.set("Cache-Control", Self.caching)
            throw problem
        case .gone: throw ProblemSlug.gone.problem()
        case .nowhere: throw ProblemSlug.notFound.problem()
        }
    }
}
