internal import Database
internal import EventStore
internal import EventTypes
internal import ServiceKit

/// Reads single things and listings.
struct CatalogQueries: Sendable {
    let pool: DatabasePool
    let store: any EventStore

    /// The row of `table` with this identifier.
    ///
    /// - Throws: `Problem` 404 when there is none.
    func one<Entity, View>(
        _ table: SQL, _ columns: SQL, _ id: Identifier<Entity>, _ view: (Row) throws -> View
    ) async throws -> View {
        let rows = try await pool.query(
            "select \(columns) from \(table) where id = \(id)", isReadOnly: true)
        return try found(rows.first.map(view))
    }

    /// One page of the rows of `table` that fulfil all of `conditions`, oldest first.
    func page<Entity, View: Codable & Sendable>(
        _ table: SQL, _ columns: SQL, of entity: Entity.Type, where conditions: [SQL],
        _ page: PageRequest, _ view: (Row) throws -> View
    ) async throws -> Page<View> {
        let after = try page.after(Identifier<Entity>.self)
        let all = conditions + (after.map { ["id > \($0)"] } ?? [])
        let filter: SQL = all.isEmpty ? "true" : all.joined(separator: " and ")
        let rows = try await pool.query(
            """
            select \(columns), id as page_id from \(table) where \(filter)
            order by id limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows, cursor: { try $0.get("page_id", as: Identifier<Entity>.self) }, item: view)
    }

    /// Every version of an offer's terms, oldest first.
    func terms(of id: OfferID) async throws -> [OfferTerms] {
        let terms = try await store.load(Offer.self, id).state.terms
        return try found(terms.isEmpty ? nil : terms)
    }
}
