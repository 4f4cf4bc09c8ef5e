internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [OffersProjection.title]

    var offers: RouteTable {
        var routes = RouteTable(tag: "offers")
        routes.post(
            "/api/v1/offers", "Publish an offer", id: "publishOffer", access: Self.writers,
            waitsFor: Self.projection
        ) { (call: Call<PublishOffer>) -> Reply<OfferView> in
            let done = try await commands.publish(call.body, call.command)
            return .created(done, location: "/api/v1/offers/\(done.result.id)")
                .etag(done.result.version)
        }
        routes.post(
            "/api/v1/offers/{id}/terms", "Publish new terms of an offer", id: "publishTerms",
            access: Self.writers, parameters: [Self.offerID], ifMatch: .optional,
            problems: [.offerWithdrawn], waitsFor: Self.projection,
            description: "Earlier clicks are held to the terms that they saw."
        ) { (call: Call<ProposeTerms>) -> Reply<OfferView> in
            let done = try await commands.publish(
                call.body, of: call.path("id"), ifMatch: call.ifMatch, call.command)
            return .created(done).etag(done.result.version)
        }
        routes.post(
            "/api/v1/offers/{id}/withdraw", "Withdraw an offer", id: "withdrawOffer",
            access: Self.writers, parameters: [Self.offerID, EndReason.parameter],
            idempotency: .optional,
            ifMatch: .optional, waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<OfferView> in
            let done = try await commands.withdraw(
                call.path("id"), EndReason(call), ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        addOfferReads(to: &routes)
        return routes
    }

    private func addOfferReads(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/offers", "List the offers", id: "listOffers", access: .open,
            parameters: [
                .query("merchant_id", MerchantID.self, "Only those of this merchant."),
                .query("state", oneOf: OfferView.State.self, "Only those in this state."),
            ], waitsFor: Self.projection
        ) { call -> Reply<Page<OfferView>> in
            var conditions: [SQL] = []
            if let id = try call.query("merchant_id", as: MerchantID.self) {
                conditions.append("merchant_id = \(id)")
            }
            if let state = try call.query("state", oneOf: OfferView.State.self) {
                conditions.append("state = \(state)")
            }
            return .ok(
                try await queries.page(
                    "offer", OfferView.columns, of: OfferTag.self, where: conditions, call.page,
                    OfferView.init))
        }
        routes.get(
            "/api/v1/offers/{id}", "Show an offer with its newest terms", id: "getOffer",
            access: .open, parameters: [Self.offerID], waitsFor: Self.projection
        ) { call -> Reply<OfferView> in
            let view = try await queries.one(
                "offer", OfferView.columns, call.path("id", as: OfferID.self), OfferView.init)
            return .ok(view).etag(view.version)
        }
        routes.get(
            "/api/v1/offers/{id}/terms", "Show every version of an offer's terms",
            id: "listTerms", access: .open, parameters: [Self.offerID]
        ) { call -> Reply<TermsView> in
            .ok(TermsView(items: try await queries.terms(of: call.path("id"))))
        }
    }

    private static let offerID = Parameter.path("id", OfferID.self, "The offer.")
}
