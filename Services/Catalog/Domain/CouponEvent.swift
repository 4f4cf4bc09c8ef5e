internal import EventTypes

/// What happened to a coupon, stream `coupon-<id>`.
enum CouponEvent: DomainEvent {
    case issued(CouponIssued)
    case used(CouponUsed)
    case useReleased(CouponUseReleased)
    case revoked(CouponRevoked)

    static let forms: [EventForm<Self>] = [
        .form(Self.issued), .form(Self.used), .form(Self.useReleased), .form(Self.revoked),
    ]

    var payload: any EventPayload {
        switch self {
        case .issued(let fact): fact
        case .used(let fact): fact
        case .useReleased(let fact): fact
        case .revoked(let fact): fact
        }
    }
}

/// A code that shoppers can enter; unique in its shop.
struct CouponIssued: EventPayload {
    static let eventType = EventType("catalog.coupon_issued")
    let couponID: CouponID
    let merchantID: MerchantID
    let code: String
    let title: String
    let discount: Reward
    let validFrom: Timestamp
    let validUntil: Timestamp?
    /// How often it can be used in all; nil means without end.
    let mostUses: Int?

    enum CodingKeys: String, CodingKey {
        case code, title, discount
        case couponID = "coupon_id"
        case merchantID = "merchant_id"
        case validFrom = "valid_from"
        case validUntil = "valid_until"
        case mostUses = "most_uses"
    }
}

/// One use is taken, named so that a repeat is known.
struct CouponUsed: EventPayload {
    static let eventType = EventType("catalog.coupon_used")
    let useID: String
    let usedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case useID = "use_id"
        case usedAt = "used_at"
    }
}

/// A use was given back.
struct CouponUseReleased: EventPayload {
    static let eventType = EventType("catalog.coupon_use_released")
    let useID: String

    enum CodingKeys: String, CodingKey {
        case useID = "use_id"
    }
}

/// The code is worth nothing from now on.
struct CouponRevoked: EventPayload {
    static let eventType = EventType("catalog.coupon_revoked")
    let reason: String

    enum CodingKeys: String, CodingKey {
        case reason
    }
}
