internal import Database
internal import EventStore
internal import EventTypes
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [MerchantsProjection.title]

    var merchants: RouteTable {
        var routes = RouteTable(tag: "merchants")
        routes.post(
            "/api/v1/merchants", "Register a merchant", id: "registerMerchant",
            access: Self.writers, waitsFor: Self.projection
        ) { (call: Call<RegisterMerchant>) -> Reply<MerchantView> in
            let done = try await commands.register(call.body, call.command)
            return .created(done, location: "/api/v1/merchants/\(done.result.id)")
                .etag(done.result.version)
        }
        routes.put(
            "/api/v1/merchants/{id}", "Rename a merchant", id: "renameMerchant",
            access: Self.writers, parameters: [Self.merchantID], ifMatch: .optional,
            waitsFor: Self.projection
        ) { (call: Call<Rename>) -> Reply<MerchantView> in
            let done = try await commands.rename(
                call.path("id"), call.body, ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        routes.get(
            "/api/v1/merchants", "List the merchants", id: "listMerchants", access: .open,
            waitsFor: Self.projection
        ) { call -> Reply<Page<MerchantView>> in
            .ok(
                try await queries.page(
                    "merchant", MerchantView.columns, of: MerchantTag.self, where: [], call.page,
                    MerchantView.init))
        }
        routes.get(
            "/api/v1/merchants/{id}", "Show a merchant", id: "getMerchant", access: .open,
            parameters: [Self.merchantID], waitsFor: Self.projection
        ) { call -> Reply<MerchantView> in
            let view = try await queries.one(
                "merchant", MerchantView.columns, call.path("id", as: MerchantID.self),
                MerchantView.init)
            return .ok(view).etag(view.version)
        }
        return routes
    }

    private static let merchantID = Parameter.path("id", MerchantID.self, "The merchant.")
}
