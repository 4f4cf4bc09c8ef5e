internal import Database
internal import EventTypes

/// A document in the list of its editors.
struct DocumentListItem: Codable, Sendable {
    /// What editors look for.
    enum Filter: String, Codable, CaseIterable, Sendable {
        case draft, published, scheduled, archived
    }

    let id: DocumentID
    let state: DocumentView.State
    let version: Int64
    let slug: String
    let title: String
    let publishedVersion: Int64?
    let schedule: DocumentView.Schedule?
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let revision: Int64

    enum CodingKeys: String, CodingKey {
        case id, state, version, slug, title, schedule, revision
        case publishedVersion = "published_version"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    static let columns: SQL = """
        id, kind, state, slug, title, latest, public_number, scheduled_number, scheduled_at,
        created_at, changed_at, revision
        """

    init(_ row: Row) throws {
        id = try row.get("id")
        let isPublic = try row.get("public_number", as: Int64?.self) != nil
        let phase: String = try row.get("state")
        state = phase == "archived" ? .archived : isPublic ? .published : .draft
        version = try row.get("latest")
        slug = try row.get("slug")
        title = try row.get("title")
        publishedVersion = try row.get("public_number")
        if let number = try row.get("scheduled_number", as: Int64?.self) {
            schedule = .init(version: number, at: try row.get("scheduled_at"))
        } else {
            schedule = nil
        }
        createdAt = try row.get("created_at")
        updatedAt = try row.get("changed_at")
        revision = try row.get("revision")
    }
}
