internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// A new category.
struct CreateCategory: Codable, Sendable {
    let name: String
    let parentID: CategoryID?

    enum CodingKeys: String, CodingKey {
        case name
        case parentID = "parent_id"
    }

    func check() throws -> String {
        var checks = FieldChecks()
        checks.text(name, "/name", 1...200)
        let slug = Slug.of(name)
        if checks.faults.isEmpty {
            checks.require(slug != nil, "/name", "must hold a letter or a digit")
        }
        try checks.finish()
        return slug ?? ""
    }
}

extension CatalogCommands {
    /// Scope of the claims by which a slug is unique among its siblings.
    static let slugScope = "category-slug"

    func create(
        _ body: CreateCategory, _ context: CommandContext
    ) async throws -> Committed<CategoryView> {
        let slug = try body.check()
        let id = ids.next(CategoryTag.self)
        let fact = CategoryCreated(
            categoryID: id, name: body.name, slug: slug, parentID: body.parentID)
        return try await store.commit(context) { unit in
            try await Self.requireCategory(body.parentID, "/parent_id", in: unit)
            try await unit.decide(Category.self, id, .create(fact))
            let parent = body.parentID?.description ?? "root"
            unit.claim(Self.slugScope, "\(parent)/\(slug)", by: Category.stream(id))
            return CategoryView(fact, version: unit.version(of: Category.stream(id)))
        }
    }
}
