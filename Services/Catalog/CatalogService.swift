internal import Database
public import ServiceKit

/// Merchants, categories, products with their stock, offers and coupons; finds products.
public enum CatalogService: SoukService {
    public static let name = "catalog"
    public static let summary = "Keeps merchants, products, stock, offers and coupons."
    public static let port = 8103

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        Blueprint(
            migrations: [
                Migration("m0001_tables", PackageResources.m0001_tables_sql)
            ],
            projections: [
                MerchantsProjection(), CategoriesProjection(), ListingsProjection(),
                VocabularyProjection(), OffersProjection(), CouponsProjection(),
            ],
            publish: CatalogPublications.map, subscriptions: [CancelledOrders.subscription],
            timers: [ReservationExpiry.handler],
            routes: CatalogRoutes(context).table, invariants: StockInvariants.all)
    }
}
