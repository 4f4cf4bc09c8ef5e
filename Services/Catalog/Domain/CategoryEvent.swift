internal import EventTypes

/// What happened to a category, stream `category-<id>`.
enum CategoryEvent: DomainEvent {
    case created(CategoryCreated)
    case renamed(CategoryRenamed)

    static let forms: [EventForm<Self>] = [
        .form(Self.created), .form(Self.renamed),
    ]

    var payload: any EventPayload {
        switch self {
        case .created(let fact): fact
        case .renamed(let fact): fact
        }
    }
}

/// A category exists; its slug is unique among its siblings.
struct CategoryCreated: EventPayload {
    static let eventType = EventType("catalog.category_created")
    let categoryID: CategoryID
    let name: String
    let slug: String
    let parentID: CategoryID?

    enum CodingKeys: String, CodingKey {
        case name, slug
        case categoryID = "category_id"
        case parentID = "parent_id"
    }
}

/// The category is shown under another name.
struct CategoryRenamed: EventPayload {
    static let eventType = EventType("catalog.category_renamed")
    let name: String

    enum CodingKeys: String, CodingKey {
        case name
    }
}
