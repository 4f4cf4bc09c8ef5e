internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [CouponsProjection.title]

    var coupons: RouteTable {
        var routes = RouteTable(tag: "coupons")
        routes.post(
            "/api/v1/coupons", "Issue a coupon", id: "issueCoupon", access: Self.writers,
            problems: [.alreadyTaken], waitsFor: Self.projection
        ) { (call: Call<IssueCoupon>) -> Reply<CouponView> in
            let done = try await commands.issue(call.body, call.command)
            return .created(done, location: "/api/v1/coupons/\(done.result.id)")
                .etag(done.result.version)
        }
        routes.post(
            "/api/v1/coupons/{id}/revoke", "Revoke a coupon", id: "revokeCoupon",
            access: Self.writers, parameters: [Self.couponID, EndReason.parameter],
            idempotency: .optional,
            ifMatch: .optional, waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<CouponView> in
            let done = try await commands.revoke(
                call.path("id"), EndReason(call), ifMatch: call.ifMatch, call.command)
            return .ok(done).etag(done.result.version)
        }
        routes.get(
            "/api/v1/coupons", "List the coupons", id: "listCoupons", access: .open,
            parameters: [
                .query("merchant_id", MerchantID.self, "Only those of this merchant."),
                .query("state", oneOf: CouponView.State.self, "Only those in this state."),
            ], waitsFor: Self.projection
        ) { call -> Reply<Page<CouponView>> in
            var conditions: [SQL] = []
            if let id = try call.query("merchant_id", as: MerchantID.self) {
                conditions.append("merchant_id = \(id)")
            }
            if let state = try call.query("state", oneOf: CouponView.State.self) {
                conditions.append("state = \(state)")
            }
            return .ok(
                try await queries.page(
                    "coupon", CouponView.columns, of: CouponTag.self, where: conditions,
                    call.page, CouponView.init))
        }
        routes.get(
            "/api/v1/coupons/{id}", "Show a coupon", id: "getCoupon", access: .open,
            parameters: [Self.couponID], waitsFor: Self.projection
        ) { call -> Reply<CouponView> in
            let view = try await queries.one(
                "coupon", CouponView.columns, call.path("id", as: CouponID.self),
                CouponView.init)
            return .ok(view).etag(view.version)
        }
        return routes
    }

    private static let couponID = Parameter.path("id", CouponID.self, "The coupon.")
}
