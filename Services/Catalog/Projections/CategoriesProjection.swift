internal import Database
internal import EventStore
internal import EventTypes

/// The categories and what they stand under.
struct CategoriesProjection: Projection {
    static let title = "categories"
    let name = CategoriesProjection.title
    let tables = ["category"]
    let isPartitionable = true
    let definition = """
        create table category (
            id uuid primary key,
            name text not null,
            slug text not null,
            parent_id uuid,
            version bigint not null
        );
        """
    let indexes = "create index category_parent on category (parent_id);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Category.category {
            switch try event.decode(CategoryEvent.self) {
            case .created(let fact):
                statements.append(
                    """
                    insert into category (id, name, slug, parent_id, version)
                    values (\(fact.categoryID), \(fact.name), \(fact.slug), \(fact.parentID),
                        \(event.version))
                    """)
            case .renamed(let fact):
                statements.append(
                    """
                    update category set name = \(fact.name), version = \(event.version)
                    where id = \(CategoryID(String(event.stream.key)))
                    """)
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
