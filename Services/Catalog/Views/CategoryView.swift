internal import Database
internal import EventTypes

/// A category, as clients see it.
struct CategoryView: Codable, Sendable {
    let id: CategoryID
    let name: String
    let slug: String
    let parentID: CategoryID?
    let version: Int64

    enum CodingKeys: String, CodingKey {
        case id, name, slug, version
        case parentID = "parent_id"
    }

    init(_ fact: CategoryCreated, version: Int64) {
        id = fact.categoryID
        name = fact.name
        slug = fact.slug
        parentID = fact.parentID
        self.version = version
    }

    static let columns: SQL = "id, name, slug, parent_id, version"

    init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        slug = try row.get("slug")
        parentID = try row.get("parent_id")
        version = try row.get("version")
    }
}
