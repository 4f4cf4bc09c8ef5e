internal import Database
internal import EventTypes

/// One version of a document, whole.
struct VersionView: Codable, Sendable {
    let version: Int64
    let slug: String
    let title: String
    let summary: String
    let body: String
    /// What the body comes to.
    let html: String
    let author: UserID
    let createdAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case version, slug, title, summary, body, html, author
        case createdAt = "created_at"
    }

    init(_ version: StoredVersion, html: String) {
        self.version = version.number
        slug = version.slug
        title = version.title
        summary = version.summary
        body = version.body
        self.html = html
        author = version.author
        createdAt = version.writtenAt
    }
}

/// A version in the list of all.
struct VersionListItem: Codable, Sendable {
    let version: Int64
    let slug: String
    let title: String
    let author: UserID
    let createdAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case version, slug, title, author
        case createdAt = "created_at"
    }

    static let columns: SQL = "number, slug, title, author, written_at"

    init(_ row: Row) throws {
        version = try row.get("number")
        slug = try row.get("slug")
        title = try row.get("title")
        author = try row.get("author")
        createdAt = try row.get("written_at")
    }
}

/// A link by which one version can be looked at for a while.
struct PreviewView: Codable, Sendable {
    let url: String
    let expiresAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case url
        case expiresAt = "expires_at"
    }
}
