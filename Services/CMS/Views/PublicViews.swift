internal import Database
internal import EventTypes

/// A document as the public reads it.
struct PublicDocumentView: Codable, Sendable {
    let id: DocumentID
    let kind: DocumentKind
    let slug: String
    let title: String
    let summary: String
    let html: String
    let version: Int64
    let url: String
    /// When it first became public.
    let publishedAt: Timestamp
    /// When this version did.
    let updatedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, kind, slug, title, summary, html, version, url
        case publishedAt = "published_at"
        case updatedAt = "updated_at"
    }

    init(_ document: PublicDocument, html: String, home: String) {
        id = document.id
        kind = document.kind
        slug = document.version.slug
        title = document.version.title
        summary = document.version.summary
        self.html = html
        version = document.version.number
        url = home + document.kind.path(document.version.slug)
        publishedAt = document.firstReleasedAt
        updatedAt = document.releasedAt
    }
}

/// A document in the list that the public reads.
struct PublicListItem: Codable, Sendable {
    let id: DocumentID
    let kind: DocumentKind
    let slug: String
    let title: String
    let summary: String
    let version: Int64
    let url: String
    let publishedAt: Timestamp
    let updatedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, kind, slug, title, summary, version, url
        case publishedAt = "published_at"
        case updatedAt = "updated_at"
    }

    init(_ document: PublicDocument, home: String) {
        id = document.id
        kind = document.kind
        slug = document.version.slug
        title = document.version.title
        summary = document.version.summary
        version = document.version.number
        url = home + document.kind.path(document.version.slug)
        publishedAt = document.firstReleasedAt
        updatedAt = document.releasedAt
    }
}

/// A public document with the version that is shown, as the read model has it.
struct PublicDocument: Sendable {
    let id: DocumentID
    let kind: DocumentKind
    let version: StoredVersion
    let firstReleasedAt: Timestamp
    let releasedAt: Timestamp
    /// Of the release in the log: no other has it.
    let position: Int64

    /// Of `document` joined with its public `document_version`.
    static let columns: SQL = """
        document.id, document.kind, document.first_released_at, document.released_at,
        document.position, version.number, version.slug, version.title, version.summary,
        version.body, version.author, version.written_at
        """

    init(_ row: Row) throws {
        id = try row.get("id")
        kind = try row.get("kind")
        version = try StoredVersion(row)
        firstReleasedAt = try row.get("first_released_at")
        releasedAt = try row.get("released_at")
        position = try row.get("position")
    }

    /// Tells this release, in the HTML that is made of it at present, from all others.
    var tag: Int64 { position * 16 + Markdown.form }
}

/// A version as the read model has it.
struct StoredVersion: Sendable {
    let number: Int64
    let slug: String
    let title: String
    let summary: String
    let body: String
    let author: UserID
    let writtenAt: Timestamp

    static let columns: SQL = "number, slug, title, summary, body, author, written_at"

    init(_ row: Row) throws {
        number = try row.get("number")
        slug = try row.get("slug")
        title = try row.get("title")
        summary = try row.get("summary")
        body = try row.get("body")
        author = try row.get("author")
        writtenAt = try row.get("written_at")
    }

    var content: DocumentContent {
        DocumentContent(slug: slug, title: title, summary: summary, body: body)
    }
}

extension DocumentKind: SQLDecodable, SQLEncodable {}
extension MediaForm: SQLDecodable, SQLEncodable {}
