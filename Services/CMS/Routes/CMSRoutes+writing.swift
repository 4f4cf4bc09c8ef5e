internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

extension CMSRoutes {
    /// Room for the longest text, every sign of it escaped.
    private static let bodyLimit = 1 << 20

    /// What editors write and look through.
    func writing(_ kind: DocumentKind) -> RouteTable {
        var routes = RouteTable(tag: kind.plural)
        addChanges(kind, to: &routes)
        addDrafts(kind, to: &routes)
        addVersions(kind, to: &routes)
        return routes
    }

    private func addChanges(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.post(
            Self.path(kind), "Begin a \(kind.rawValue)", id: Self.id("create", kind),
            access: Self.editors, problems: [.alreadyTaken], waitsFor: Self.documentsShown,
            bodyLimit: Self.bodyLimit,
            description: "It is a draft: the public reads it once a version is published."
        ) { (call: Call<WriteDocument>) -> Reply<DocumentView> in
            let done = try await documents.create(
                kind, call.body, call.user().userID, call.command)
            return .created(done, location: Self.path(kind, "/\(done.result.id)"))
                .etag(done.result.revision)
        }
        routes.put(
            Self.path(kind, "/{id}"), "Write a new version of a \(kind.rawValue)",
            id: Self.id("revise", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], ifMatch: .required,
            problems: [.alreadyTaken, .documentArchived, .tooManyVersions, .gone],
            waitsFor: Self.documentsShown, bodyLimit: Self.bodyLimit,
            description: "What the public reads stays as it is until this version is published."
        ) { (call: Call<WriteDocument>) -> Reply<DocumentView> in
            let done = try await documents.revise(
                Self.target(call, kind), call.body, call.user().userID, call.command)
            return .ok(done).etag(done.result.revision)
        }
        routes.delete(
            Self.path(kind, "/{id}"), "Remove a \(kind.rawValue) for good",
            id: Self.id("delete", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], ifMatch: .required, problems: [.gone],
            waitsFor: Self.documentsShown
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            .noContent(after: try await documents.remove(Self.target(call, kind), call.command))
        }
    }

    private func addDrafts(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.get(
            Self.path(kind, "/manage"), "List all \(kind.plural), drafts too",
            id: Self.id("manage", kind, "s"), access: Self.editors,
            parameters: [
                .query("state", oneOf: DocumentListItem.Filter.self, "Only those like this.")
            ], waitsFor: Self.documentsShown
        ) { call -> Reply<Page<DocumentListItem>> in
            .ok(
                try await queries.documents(
                    kind, call.query("state", oneOf: DocumentListItem.Filter.self), call.page))
        }
        routes.get(
            Self.path(kind, "/schedules"), "List what will be published, the next first",
            id: Self.id("list", kind, "Schedules"), access: Self.editors,
            waitsFor: Self.documentsShown
        ) { call -> Reply<Page<DocumentListItem>> in
            .ok(try await queries.schedules(kind, call.page))
        }
        routes.get(
            Self.path(kind, "/{id}"), "Show a \(kind.rawValue) with its draft",
            id: Self.id("get", kind), access: Self.editors, parameters: [Self.documentID(kind)],
            problems: [.gone]
        ) { call -> Reply<DocumentView> in
            let view = try await queries.document(kind, call.path("id"), home: site.home)
            return .ok(view).etag(view.revision)
        }
    }

    private func addVersions(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.get(
            Self.path(kind, "/{id}/versions"), "List the versions, the newest first",
            id: Self.id("list", kind, "Versions"), access: Self.editors,
            parameters: [Self.documentID(kind)], problems: [.gone],
            waitsFor: Self.documentsShown
        ) { call -> Reply<Page<VersionListItem>> in
            let view = try await queries.document(kind, call.path("id"), home: site.home)
            return .ok(try await queries.versions(view.id, call.page))
        }
        routes.get(
            Self.path(kind, "/{id}/versions/{version}"), "Show a version",
            id: Self.id("get", kind, "Version"), access: Self.editors,
            parameters: [Self.documentID(kind), Self.versionNumber], problems: [.gone],
            waitsFor: Self.documentsShown
        ) { call -> Reply<VersionView> in
            let view = try await queries.document(kind, call.path("id"), home: site.home)
            let version = try await queries.version(view.id, call.path("version"))
            let output = await cache.output(of: view.id, version.number, version.body)
            return .ok(VersionView(version, html: output.html))
        }
        routes.get(
            Self.path(kind, "/{id}/versions/{version}/diff"),
            "Compare a version with an older one, line by line", id: Self.id("compare", kind),
            access: Self.editors,
            parameters: [
                Self.documentID(kind), Self.versionNumber,
                .query(
                    "against", Int64.self,
                    "The other version; the one before where it is left out."),
            ], problems: [.gone], waitsFor: Self.documentsShown
        ) { call -> Reply<DifferenceView> in
            let view = try await queries.document(kind, call.path("id"), home: site.home)
            let number: Int64 = try call.path("version")
            let other = try call.query("against", as: Int64.self) ?? (number > 1 ? number - 1 : 1)
            let new = try await queries.version(view.id, number)
            return .ok(
                await DifferenceView.between(try await queries.version(view.id, other), new))
        }
        routes.post(
            Self.path(kind, "/{id}/versions/{version}/restore"),
            "Write what an older version says as the newest", id: Self.id("revert", kind),
            access: Self.editors, parameters: [Self.documentID(kind), Self.versionNumber],
            idempotency: .optional, ifMatch: .required,
            problems: [.alreadyTaken, .documentArchived, .tooManyVersions, .gone],
            waitsFor: Self.documentsShown, success: 200
        ) { (call: Call<NoBody>) -> Reply<DocumentView> in
            let target = try Self.target(call, kind)
            let version = try await queries.version(target.id, call.path("version"))
            let done = try await documents.revert(
                target, to: version.content, call.user().userID, call.command)
            return .ok(done).etag(done.result.revision)
        }
    }

    private static let versionNumber = Parameter.path("version", Int64.self, "Its number.")
}
