internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [ListingsProjection.title, VocabularyProjection.title]
    /// The most bytes of an import.
    static let importLimit = 1 << 20

    var products: RouteTable {
        var routes = RouteTable(tag: "products")
        routes.post(
            "/api/v1/products", "List a product", id: "listProduct", access: Self.writers,
            problems: [.alreadyTaken], waitsFor: Self.projection
        ) { (call: Call<ListProduct>) -> Reply<ProductView> in
            let done = try await commands.list(call.body, call.command)
            return .created(done, location: "/api/v1/products/\(done.result.id)")
                .etag(done.result.version)
        }
        addProductReads(to: &routes)
        addProductChanges(to: &routes)
        addImport(to: &routes)
        return routes
    }

    private func addProductReads(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/products", "List the products", id: "listProducts", access: .open,
            parameters: [
                .query("merchant_id", MerchantID.self, "Only those of this merchant."),
                .query("category_id", CategoryID.self, "Only those of this very category."),
                .query("sku", String.self, "Only those with this number of the merchant's."),
                .query(
                    "state", oneOf: ProductView.State.self, "Only those in this state."),
            ], waitsFor: Self.projection
        ) { call -> Reply<Page<ProductView>> in
            var conditions: [SQL] = []
            if let id = try call.query("merchant_id", as: MerchantID.self) {
                conditions.append("merchant_id = \(id)")
            }
            if let id = try call.query("category_id", as: CategoryID.self) {
                conditions.append("category_id = \(id)")
            }
            if let sku = try call.query("sku", as: String.self) {
                if sku.utf8.contains(0) { throw Problem.queryFault("sku", "has the wrong form") }
                conditions.append("sku = \(sku)")
            }
            if let state = try call.query("state", oneOf: ProductView.State.self) {
                conditions.append("state = \(state)")
            }
            return .ok(
                try await queries.page(
                    "product", ProductView.columns, of: ProductTag.self, where: conditions,
                    call.page, ProductView.init))
        }
        routes.get(
            "/api/v1/products/{id}", "Show a product", id: "getProduct", access: .open,
            parameters: [Self.productID], waitsFor: Self.projection
        ) { call -> Reply<ProductView> in
            let view = try await queries.one(
                "product", ProductView.columns, call.path("id", as: ProductID.self),
                ProductView.init)
            return .ok(view).etag(view.version)
        }
    }

    private func addProductChanges(to routes: inout RouteTable) {
        routes.put(
            "/api/v1/products/{id}", "Change a product", id: "changeProduct",
            access: Self.writers, parameters: [Self.productID], ifMatch: .optional,
            problems: [.productDelisted, .currencyFixed], waitsFor: Self.projection
        ) { (call: Call<ChangeProduct>) -> Reply<ProductView> in
            let done = try await commands.change(
                call.path("id"), call.body, ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        routes.put(
            "/api/v1/products/{id}/price", "Change a product's price", id: "changePrice",
            access: Self.writers, parameters: [Self.productID], ifMatch: .optional,
            problems: [.productDelisted, .currencyFixed], waitsFor: Self.projection
        ) { (call: Call<ChangePrice>) -> Reply<ProductView> in
            let done = try await commands.change(
                call.path("id"), price: call.body.price, ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        routes.put(
            "/api/v1/products/{id}/stock", "Say how many pieces there are", id: "setStock",
            access: Self.writers, parameters: [Self.productID], ifMatch: .optional,
            problems: [.stockBelowReserved], waitsFor: Self.projection
        ) { (call: Call<SetStock>) -> Reply<ProductView> in
            let done = try await commands.setStock(
                call.path("id"), call.body.quantity, ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        routes.delete(
            "/api/v1/products/{id}", "Take a product off the catalogue", id: "delistProduct",
            access: Self.writers, parameters: [Self.productID], ifMatch: .optional,
            waitsFor: Self.projection
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            .noContent(
                after: try await commands.delist(
                    call.path("id"), ifMatch: call.ifMatch, call.command))
        }
    }

    private func addImport(to routes: inout RouteTable) {
        routes.raw(
            .post, "/api/v1/products/import", "Import products from a table",
            id: "importProducts", access: Self.writers,
            parameters: [
                .query("merchant_id", MerchantID.self, "The merchant of rows that name none.")
            ],
            consumes: ["text/csv"], produces: ["application/json"], bodyLimit: Self.importLimit,
            description: """
                The first row names the columns `merchant_id`, `sku`, `title`, `description`, \
                `category_id`, `price` (as 29.33), `currency` and `stock`. A product is known by \
                merchant and sku: a row that is sent again changes nothing. A row with a fault is \
                reported with its line and the field, and does not stop the others. At most \
                \(ProductImport.rowLimit) rows.
                """
        ) { call in
            var products = ProductImport(
                commands, call.command, merchantID: try call.query("merchant_id"))
            try await products.run(call.body)
            var response = try HTTPResponse.json(products.report)
            if products.position > 0 {
                await context.waitForProjections(products.position, Self.projection)
                response.headers.set("Souk-Position", "\(products.position)")
            }
            return response
        }
    }

    private static let productID = Parameter.path("id", ProductID.self, "The product.")
}
