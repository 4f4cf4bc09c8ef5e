internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// A coupon to issue.
struct IssueCoupon: Codable, Sendable {
    let merchantID: MerchantID
    let code: String
    let title: String
    let discount: Reward
    var validFrom: Timestamp?
    var validUntil: Timestamp?
    var mostUses: Int?

    enum CodingKeys: String, CodingKey {
        case code, title, discount
        case merchantID = "merchant_id"
        case validFrom = "valid_from"
        case validUntil = "valid_until"
        case mostUses = "most_uses"
    }

    func check(now: Timestamp) throws {
        var checks = FieldChecks()
        checks.text(title, "/title", 1...200)
        if let mostUses {
            checks.require(
                (1...Product.mostPieces).contains(mostUses), "/most_uses",
                "must be within 1 and \(Product.mostPieces)")
        }
        if let validUntil {
            checks.require(
                validUntil > validFrom ?? now, "/valid_until", "must be after valid_from")
        }
        try checks.finish()
    }
}

extension CatalogCommands {
    /// Scope of the claims by which a code is unique in its shop.
    static let codeScope = "coupon-code"

    func issue(
        _ body: IssueCoupon, _ context: CommandContext
    ) async throws -> Committed<CouponView> {
        let now = clock.now()
        try body.check(now: now)
        let id = ids.next(CouponTag.self)
        return try await store.commit(context) { unit in
            try await Self.requireMerchant(body.merchantID, "/merchant_id", in: unit)
            try await unit.decide(
                Coupon.self, id,
                .issue(
                    CouponIssued(
                        couponID: id, merchantID: body.merchantID, code: body.code,
                        title: body.title, discount: body.discount,
                        validFrom: body.validFrom ?? now, validUntil: body.validUntil,
                        mostUses: body.mostUses)))
            unit.claim(Self.codeScope, "\(body.merchantID)/\(body.code)", by: Coupon.stream(id))
            return try await Self.view(id, unit)
        }
    }

    func revoke(
        _ id: CouponID, _ reason: EndReason, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<CouponView> {
        try await store.commit(context) { unit in
            unit.expect(Coupon.stream(id), ifMatch)
            try await unit.decide(Coupon.self, id, .revoke(reason: reason.text))
            return try await Self.view(id, unit)
        }
    }

    private static func view(_ id: CouponID, _ unit: UnitOfWork) async throws -> CouponView {
        let state = try await unit.load(Coupon.self, id)
        return try found(CouponView(state, version: unit.version(of: Coupon.stream(id))))
    }
}
