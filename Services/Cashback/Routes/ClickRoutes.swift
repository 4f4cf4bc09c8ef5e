internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Leaving for shops.
enum ClickRoutes {
    static func make(
        _ context: ServiceContext, record: RecordClick, publicURL: String
    ) -> RouteTable {
        var routes = RouteTable(tag: "clicks")
        addDeparture(&routes, record)
        addLinks(&routes, context, record.signer, publicURL)
        addList(&routes, context)
        return routes
    }

    private static func addDeparture(_ routes: inout RouteTable, _ record: RecordClick) {
        routes.raw(
            .get, "/go/{offer}", "Leave for a shop", id: "leaveForShop", access: .open,
            parameters: [
                .path("offer", OfferID.self, "The offer."),
                .query("u", String.self, "The token of a customer's own link."),
                .query("region", String.self, "Where the customer is, as ISO 3166-1 alpha-2."),
            ], success: 302,
            problems: [.offerEnded, .offerNotInRegion],
            description: "Records the click, with the terms that the offer has now, before it "
                + "answers. Whoever is named by the access token or by the link earns the cashback."
        ) { call in
            // Looking at a link is not leaving through it.
            guard call.request.method == .get else { throw Problem.onlyAllowed("GET") }
            let offer = try call.path("offer", as: OfferID.self)
            let region = call.parameters["region"]
            if let region, !isRegion(region) {
                throw Problem.queryFault("region", "is not a code of ISO 3166-1 alpha-2")
            }
            var user = call.identity?.userID
            if let token = call.parameters["u"] {
                guard let owner = record.signer.user(token, of: offer) else {
                    throw Problem.queryFault("u", "is not a link of ours through this offer")
                }
                user = user ?? owner
            }
            let committed = try await record(offer, user: user, region: region, call.command)
            var response = HTTPResponse.redirect(to: committed.result.location)
            response.headers.set("Cache-Control", "no-store")
            response.headers.set("Referrer-Policy", "no-referrer")
            response.headers.set("Souk-Position", "\(committed.position)")
            return response
        }
    }

    private static func isRegion(_ text: String) -> Bool {
        text.utf8.count == 2
            && text.utf8.allSatisfy { (65...90).contains($0) || (97...122).contains($0) }
    }

    private static func addLinks(
        _ routes: inout RouteTable, _ context: ServiceContext, _ signer: ClickSigner,
        _ publicURL: String
    ) {
        let store = context.store
        routes.post(
            "/api/v1/cashback/links", "Make your link through an offer", id: "makeCashbackLink",
            access: .signedIn, idempotency: .none,
            description: "Whoever follows the link, in whatever browser, earns you the cashback.",
            success: 200
        ) { (call: Call<LinkRequest>) -> Reply<LinkView> in
            let offer = call.body.offerID
            guard let current = try await store.load(Offer.self, offer).state.current else {
                throw Problem.bodyFault("/offer_id", "is not an offer")
            }
            let token = signer.link(try call.user().userID, current.offerID)
            return .ok(LinkView(url: "\(publicURL)/go/\(offer)?u=\(token)"))
        }
    }

    private static func addList(_ routes: inout RouteTable, _ context: ServiceContext) {
        let pool = context.pool
        routes.get(
            "/api/v1/cashback/clicks", "List your clicks", id: "listClicks", access: .signedIn,
            waitsFor: ["clicks", "offers"]
        ) { (call: Call<NoBody>) -> Reply<Page<ClickView>> in
            let user = try call.user().userID
            let last = try call.page.after(Int64.self) ?? .max
            let rows = try await pool.query(
                """
                select c.click_id, c.offer_id, c.merchant_id, o.title, c.network,
                    c.terms_version, c.clicked_at, c.source, c.number
                from clicks c left join offers o using (offer_id)
                where c.user_id = \(user) and c.number < \(last)
                order by c.number desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(rows) {
                    try $0.get("number", as: Int64.self)
                } item: {
                    try ClickView($0)
                })
        }
    }
}
