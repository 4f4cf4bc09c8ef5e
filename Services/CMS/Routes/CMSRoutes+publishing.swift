internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

extension CMSRoutes {
    /// What decides about what the public reads.
    func publishing(_ kind: DocumentKind) -> RouteTable {
        var routes = RouteTable(tag: kind.plural)
        addRelease(kind, to: &routes)
        addSchedule(kind, to: &routes)
        addStates(kind, to: &routes)
        addPreview(kind, to: &routes)
        return routes
    }

    private func addRelease(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.post(
            Self.path(kind, "/{id}/publish"), "Publish a version", id: Self.id("publish", kind),
            access: Self.editors, parameters: [Self.documentID(kind)], idempotency: .optional,
            ifMatch: .required, problems: [.alreadyTaken, .documentArchived, .gone],
            waitsFor: Self.documentsShown,
            description: "The public reads this version at once, under its slug. A slug that was "
                + "public before leads there.", success: 200
        ) { (call: Call<ChooseVersion>) -> Reply<DocumentView> in
            let command = Document.Command.release(call.body.version, now: context.clock.now())
            return try await change(call, kind, command)
        }
        routes.post(
            Self.path(kind, "/{id}/unpublish"), "Take it from the public",
            id: Self.id("unpublish", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], idempotency: .optional, ifMatch: .required,
            problems: [.documentArchived, .gone], waitsFor: Self.documentsShown, success: 200
        ) { (call: Call<NoBody>) -> Reply<DocumentView> in
            try await change(call, kind, .takeDown(now: context.clock.now()))
        }
    }

    private func addSchedule(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.post(
            Self.path(kind, "/{id}/schedule"), "Publish a version at a time",
            id: Self.id("schedule", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], idempotency: .optional, ifMatch: .required,
            problems: [.alreadyTaken, .documentArchived, .gone], waitsFor: Self.documentsShown,
            description: "What goes live then is this version, whatever is written until then. A "
                + "document has one schedule: a new one replaces it.", success: 200
        ) { (call: Call<ScheduleVersion>) -> Reply<DocumentView> in
            let command = Document.Command.schedule(
                call.body.version, due: call.body.at, now: context.clock.now())
            return try await change(call, kind, command)
        }
        routes.delete(
            Self.path(kind, "/{id}/schedule"), "Give up the schedule",
            id: Self.id("unschedule", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], ifMatch: .required,
            problems: [.documentArchived, .gone], waitsFor: Self.documentsShown
        ) { (call: Call<NoBody>) -> Reply<DocumentView> in
            try await change(call, kind, .unschedule(now: context.clock.now()))
        }
    }

    private func addStates(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.post(
            Self.path(kind, "/{id}/archive"), "Put it away", id: Self.id("archive", kind),
            access: Self.editors, parameters: [Self.documentID(kind)], idempotency: .optional,
            ifMatch: .required, problems: [.gone], waitsFor: Self.documentsShown,
            description: "It is taken from the public, and its schedule is given up.",
            success: 200
        ) { (call: Call<NoBody>) -> Reply<DocumentView> in
            try await change(call, kind, .archive(now: context.clock.now()))
        }
        routes.post(
            Self.path(kind, "/{id}/restore"), "Bring it back as a draft",
            id: Self.id("restore", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], idempotency: .optional, ifMatch: .required,
            problems: [.gone], waitsFor: Self.documentsShown, success: 200
        ) { (call: Call<NoBody>) -> Reply<DocumentView> in
            try await change(call, kind, .restore(now: context.clock.now()))
        }
    }

    private func change<Body>(
        _ call: Call<Body>, _ kind: DocumentKind, _ command: Document.Command
    ) async throws -> Reply<DocumentView> {
        let done = try await documents.change(Self.target(call, kind), command, call.command)
        return .ok(done).etag(done.result.revision)
    }

    private func addPreview(_ kind: DocumentKind, to routes: inout RouteTable) {
        routes.post(
            Self.path(kind, "/{id}/preview"), "Make a link to a version",
            id: Self.id("preview", kind), access: Self.editors,
            parameters: [Self.documentID(kind)], idempotency: .none, problems: [.gone],
            waitsFor: Self.documentsShown,
            description: "Whoever has the link can read this version until the link ends: in a day "
                + "unless `expires_in_seconds` says otherwise.", success: 200
        ) { (call: Call<RequestPreview>) -> Reply<PreviewView> in
            let lifetime = try call.body.lifetime()
            let view = try await queries.document(kind, call.path("id"), home: site.home)
            guard (1...view.version).contains(call.body.version) else {
                throw Document.Refusal.noSuchVersion.problem
            }
            let ticket = PreviewSigner.Ticket(
                documentID: view.id, number: call.body.version,
                expiresAt: context.clock.now() + lifetime)
            return .ok(
                PreviewView(
                    url: "\(site.home)/preview/\(signer.sign(ticket))",
                    expiresAt: ticket.expiresAt))
        }
    }
}
