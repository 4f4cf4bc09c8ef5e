internal import Database
internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What the routes of the catalogue work with.
struct CatalogRoutes: Sendable {
    let commands: CatalogCommands
    let queries: CatalogQueries
    let search: CatalogSearch
    let context: ServiceContext

    /// Who may change the catalogue.
    static let writers = Access.roles([.admin])
    /// Who may set stock aside.
    static let sellers = Access.services(["order", "control"])

    init(_ context: ServiceContext) {
        self.context = context
        commands = CatalogCommands(context)
        queries = CatalogQueries(pool: context.pool, store: context.store)
        search = CatalogSearch(pool: context.pool)
    }

    var table: RouteTable {
        var table = merchants
        table.include(categories)
        table.include(products)
        table.include(offers)
        table.include(coupons)
        table.include(searches)
        table.include(reservations)
        return table
    }
}
