internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// Everything that changes documents; each as one unit of work.
struct DocumentCommands: Sendable {
    /// The kind of the timers that release scheduled versions.
    static let releaseTimer = "scheduled-release"

    let store: any EventStore
    let ids: any IdentifierGenerator
    let clock: any WallClock
    /// Where the public reaches the platform.
    let home: String

    /// The scope of the claims by which a slug is unique among documents of its kind.
    static func slugScope(_ kind: DocumentKind) -> String { "\(kind.rawValue)-slug" }

    func create(
        _ kind: DocumentKind, _ body: WriteDocument, _ author: UserID, _ context: CommandContext
    ) async throws -> Committed<DocumentView> {
        try await check(body)
        let id = ids.next(DocumentTag.self)
        let now = clock.now()
        return try await commit(context, "/slug") { unit in
            try await Self.change(
                id, .create(id, kind, body.content, author: author, now: now), unit)
            return try await view(id, unit)
        }
    }

    /// Commits, and says where a slug that somebody else has comes from.
    private func commit(
        _ context: CommandContext, _ pointer: String,
        _ body: @Sendable (UnitOfWork) async throws -> DocumentView
    ) async throws -> Committed<DocumentView> {
        do {
            return try await store.commit(context, body)
        } catch EventStoreError.claimTaken(_, let slug, _) {
            let fault = Problem.FieldFault(pointer, "belongs to another document: \(slug)")
            throw ProblemSlug.alreadyTaken.problem(errors: [fault])
        }
    }

    func revise(
        _ target: Target, _ body: WriteDocument, _ author: UserID, _ context: CommandContext
    ) async throws -> Committed<DocumentView> {
        try await check(body)
        return try await change(
            target, .revise(body.content, author: author, now: clock.now()), context, at: "/slug")
    }

    /// Writes what an older version says as the newest one.
    func revert(
        _ target: Target, to content: DocumentContent, _ author: UserID, _ context: CommandContext
    ) async throws -> Committed<DocumentView> {
        try await change(target, .revise(content, author: author, now: clock.now()), context)
    }

    /// - Throws: `Problem` 422 at a text that is out of bounds, or comes to too much HTML.
    private func check(_ body: WriteDocument) async throws {
        try body.check()
        guard await Markdown.render(body.body, home: home) != nil else {
            throw Problem.bodyFault("/body", "comes to too large a page")
        }
    }

    /// Which document a change is for, and at which version of its stream.
    struct Target: Sendable {
        let kind: DocumentKind
        let id: DocumentID
        let ifMatch: Int64?
    }

    /// - Parameter pointer: where the request names what brings the slug with it.
    func change(
        _ target: Target, _ command: Document.Command, _ context: CommandContext,
        at pointer: String = "/version"
    ) async throws -> Committed<DocumentView> {
        try await commit(context, pointer) { unit in
            try await Self.open(target, unit)
            try await Self.change(target.id, command, unit)
            return try await view(target.id, unit)
        }
    }

    func remove(_ target: Target, _ context: CommandContext) async throws -> Committed<NoResult> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            try await Self.open(target, unit)
            try await Self.change(target.id, .remove(now: now), unit)
        }
    }

    /// - Throws: `Problem` 404 when there is no such document of this kind.
    private static func open(_ target: Target, _ unit: UnitOfWork) async throws {
        let state = try await unit.load(Document.self, target.id)
        guard state.phase != .absent, state.kind == target.kind else {
            throw ProblemSlug.notFound.problem()
        }
        if state.phase == .removed { throw ProblemSlug.gone.problem() }
        if let version = target.ifMatch {
            unit.expect(Document.stream(target.id), version: version)
        }
    }

    /// Decides, and brings claims of slugs and the timer to what the document then needs.
    ///
    /// - Parameter isTimer: whether the timer itself asks for it; it is removed by its runner then.
    static func change(
        _ id: DocumentID, _ command: Document.Command, _ unit: UnitOfWork, isTimer: Bool = false
    ) async throws {
        let before = try await unit.load(Document.self, id)
        try await unit.decide(Document.self, id, command)
        let after = try await unit.load(Document.self, id)
        let scope = slugScope(after.kind)
        for slug in after.heldSlugs.subtracting(before.heldSlugs).sorted() {
            unit.claim(scope, slug, by: Document.stream(id))
        }
        for slug in before.heldSlugs.subtracting(after.heldSlugs).sorted() {
            unit.release(scope, slug, by: Document.stream(id))
        }
        if after.schedule == before.schedule { return }
        guard let schedule = after.schedule else {
            return isTimer ? () : unit.cancelTimer(releaseTimer, id.description)
        }
        unit.schedule(
            TimerRequest(
                kind: releaseTimer, key: id.description, due: schedule.due,
                payload: try JSON.encode(
                    PlannedRelease(documentID: id, number: schedule.number, due: schedule.due))))
    }

    private func view(_ id: DocumentID, _ unit: UnitOfWork) async throws -> DocumentView {
        let state = try await unit.load(Document.self, id)
        guard
            let view = DocumentView(
                state, revision: unit.version(of: Document.stream(id)), home: home)
        else { throw ProblemSlug.notFound.problem() }
        return view
    }
}

/// What the timer of a schedule carries.
struct PlannedRelease: Codable, Sendable {
    let documentID: DocumentID
    let number: Int64
    let due: Timestamp

    enum CodingKeys: String, CodingKey {
        case number, due
        case documentID = "document_id"
    }
}
