internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What the routes work with.
struct CMSRoutes: Sendable {
    /// Who writes, publishes and uploads.
    static let editors = Access.roles([.admin])
    static let documentsShown = [DocumentsProjection.title]
    static let mediaShown = [MediaProjection.title]

    let context: ServiceContext
    let documents: DocumentCommands
    let media: MediaCommands
    let queries: CMSQueries
    let signer: PreviewSigner
    let site: Site
    let cache: RenderCache

    var table: RouteTable {
        var table = RouteTable(tag: "cms")
        for kind in DocumentKind.allCases {
            table.include(writing(kind))
            table.include(publishing(kind))
            table.include(reading(kind))
        }
        table.include(site(pages: DocumentKind.allCases))
        table.include(files)
        return table
    }

    /// The operation's identifier for a kind: `createPage`.
    static func id(_ verb: String, _ kind: DocumentKind, _ rest: String = "") -> String {
        "\(verb)\(kind == .page ? "Page" : "Post")\(rest)"
    }

    static func path(_ kind: DocumentKind, _ rest: String = "") -> String {
        "/api/v1/\(kind.plural)\(rest)"
    }

    static func documentID(_ kind: DocumentKind) -> Parameter {
        .path("id", DocumentID.self, "The \(kind.rawValue).")
    }

    static func target<Body>(
        _ call: Call<Body>, _ kind: DocumentKind
    ) throws -> DocumentCommands.Target {
        DocumentCommands.Target(kind: kind, id: try call.path("id"), ifMatch: call.ifMatch)
    }
}
