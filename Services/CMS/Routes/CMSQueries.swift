internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

/// Reads documents and files.
struct CMSQueries: Sendable {
    let pool: DatabasePool
    let store: any EventStore

    /// What the public finds at an address.
    enum Place: Sendable {
        case here(PublicDocument)
        /// The document is at another address now.
        case moved(to: String)
        case gone
        case nowhere
    }

    func place(_ kind: DocumentKind, _ slug: String) async throws -> Place {
        guard Slug.isValid(slug) else { return .nowhere }
        let rows = try await pool.query(
            """
            select document.state, document.public_slug, \(PublicDocument.columns)
            from document_slug
            join document on document.id = document_slug.document_id
            left join document_version version on version.document_id = document.id
                and version.number = document.public_number
            where document_slug.kind = \(kind) and document_slug.slug = \(slug)::text
            order by document.state = 'removed', document_slug.position desc limit 1
            """, isReadOnly: true)
        guard let row = rows.first else { return .nowhere }
        if try row.get("state", as: String.self) == "removed" { return .gone }
        guard let present = try row.get("public_slug", as: String?.self) else { return .nowhere }
        return present == slug ? .here(try PublicDocument(row)) : .moved(to: present)
    }

    private struct PublicCursor: Codable {
        let at: Timestamp
        let id: DocumentID
    }

    /// The public documents of a kind, the newest first.
    func published(_ kind: DocumentKind, _ page: PageRequest, home: String) async throws -> Page<
        PublicListItem
    > {
        var condition: SQL = "true"
        if let after = try page.after(PublicCursor.self) {
            condition = "(document.first_released_at, document.id) < (\(after.at), \(after.id))"
        }
        let documents = try await published(kind, condition, page.fetchLimit)
        return try page.page(
            documents, cursor: { PublicCursor(at: $0.firstReleasedAt, id: $0.id) },
            item: { PublicListItem($0, home: home) })
    }

    /// The newest public documents of a kind.
    func newest(_ kind: DocumentKind, _ count: Int) async throws -> [PublicDocument] {
        try await published(kind, "true", count)
    }

    private func published(
        _ kind: DocumentKind, _ condition: SQL, _ limit: Int
    ) async throws -> [PublicDocument] {
        try await pool.query(
            """
            select \(PublicDocument.columns) from document
            join document_version version on version.document_id = document.id
                and version.number = document.public_number
            where document.kind = \(kind) and document.public_number is not null and \(condition)
            order by document.first_released_at desc, document.id desc limit \(limit)
            """, isReadOnly: true
        ).map(PublicDocument.init)
    }

    /// Every public address, those that changed last first.
    func places() async throws -> [Sitemap.Place] {
        try await pool.query(
            """
            select kind, public_slug, released_at from document where public_number is not null
            order by released_at desc, id limit \(Sitemap.mostAddresses)
            """, isReadOnly: true
        ).map { row in
            let kind: DocumentKind = try row.get("kind")
            return Sitemap.Place(
                path: kind.path(try row.get("public_slug")),
                changed: try row.get("released_at"))
        }
    }

    // MARK: Editors

    /// A document as its log has it.
    ///
    /// - Throws: `Problem` 404 when there is none of this kind, 410 when it was removed.
    func document(
        _ kind: DocumentKind, _ id: DocumentID, home: String
    ) async throws -> DocumentView {
        let (state, version) = try await store.load(Document.self, id)
        guard state.phase != .absent, state.kind == kind else {
            throw ProblemSlug.notFound.problem()
        }
        guard let view = DocumentView(state, revision: version, home: home) else {
            throw ProblemSlug.gone.problem()
        }
        return view
    }

    /// The documents of a kind, oldest first.
    func documents(
        _ kind: DocumentKind, _ filter: DocumentListItem.Filter?, _ page: PageRequest
    ) async throws -> Page<DocumentListItem> {
        var condition: SQL =
            switch filter {
            case .draft: "state = 'active' and public_number is null"
            case .published: "public_number is not null"
            case .scheduled: "scheduled_at is not null"
            case .archived: "state = 'archived'"
            case nil: "true"
            }
        if let after = try page.after(DocumentID.self) { condition += " and id > \(after)" }
        let rows = try await pool.query(
            """
            select \(DocumentListItem.columns) from document
            where kind = \(kind) and state <> 'removed' and \(condition)
            order by id limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows, cursor: { try $0.get("id", as: DocumentID.self) }, item: DocumentListItem.init)
    }

    private struct ScheduleCursor: Codable {
        let at: Timestamp
        let id: DocumentID
    }

    /// What will be released, the next first.
    func schedules(
        _ kind: DocumentKind, _ page: PageRequest
    ) async throws -> Page<DocumentListItem> {
        var condition: SQL = "scheduled_at is not null"
        if let after = try page.after(ScheduleCursor.self) {
            condition += " and (scheduled_at, id) > (\(after.at), \(after.id))"
        }
        let rows = try await pool.query(
            """
            select \(DocumentListItem.columns) from document
            where kind = \(kind) and \(condition)
            order by scheduled_at, id limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows,
            cursor: { ScheduleCursor(at: try $0.get("scheduled_at"), id: try $0.get("id")) },
            item: DocumentListItem.init)
    }

    /// The versions of a document, the newest first.
    func versions(_ id: DocumentID, _ page: PageRequest) async throws -> Page<VersionListItem> {
        let before = try page.after(Int64.self) ?? .max
        let rows = try await pool.query(
            """
            select \(VersionListItem.columns) from document_version
            where document_id = \(id) and number < \(before)
            order by number desc limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows, cursor: { try $0.get("number", as: Int64.self) }, item: VersionListItem.init)
    }

    /// - Throws: `Problem` 404 when the document has no such version.
    func version(_ id: DocumentID, _ number: Int64) async throws -> StoredVersion {
        let rows = try await pool.query(
            """
            select \(StoredVersion.columns) from document_version
            where document_id = \(id) and number = \(number)
            """, isReadOnly: true)
        guard let row = rows.first else { throw ProblemSlug.notFound.problem() }
        return try StoredVersion(row)
    }

    // MARK: Files

    /// - Throws: `Problem` 404 for a file that never was, 410 for one that was deleted.
    func file(_ id: MediaID) async throws -> StoredMedia {
        let rows = try await pool.query(
            "select \(StoredMedia.columns) from media where id = \(id)", isReadOnly: true)
        guard let row = rows.first else { throw ProblemSlug.notFound.problem() }
        let file = try StoredMedia(row)
        if file.isDeleted { throw ProblemSlug.gone.problem() }
        return file
    }

    /// The files, the newest first.
    func files(_ page: PageRequest) async throws -> Page<MediaView> {
        var condition: SQL = "deleted_at is null"
        if let after = try page.after(MediaID.self) { condition += " and id < \(after)" }
        let rows = try await pool.query(
            """
            select \(StoredMedia.columns) from media where \(condition)
            order by id desc limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows, cursor: { try $0.get("id", as: MediaID.self) },
            item: { MediaView(try StoredMedia($0)) })
    }
}
