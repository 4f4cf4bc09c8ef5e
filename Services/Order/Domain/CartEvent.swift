internal import EventTypes

/// A product in a cart as it was when it was put there.
struct CartLine: Hashable, Sendable, Codable {
    let productID: ProductID
    let merchantID: MerchantID
    let title: String
    var quantity: Int64
    let unitPrice: Money

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case merchantID = "merchant_id"
        case title, quantity
        case unitPrice = "unit_price"
    }
}

/// A cart came to be: a person's, or a guest's who shows its token.
struct CartOpened: EventPayload {
    static let eventType = EventType("order.cart_opened")
    let cartID: CartID
    let owner: UserID?
    /// SHA-256 of the token in hexadecimal; nil for a person's cart.
    let tokenHash: String?
    let openedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case cartID = "cart_id"
        case owner
        case tokenHash = "token_hash"
        case openedAt = "opened_at"
    }
}

/// So many pieces of a product are wanted, in place of what was wanted before.
struct CartLineSet: EventPayload {
    static let eventType = EventType("order.cart_line_set")
    let line: CartLine
}

struct CartLineRemoved: EventPayload {
    static let eventType = EventType("order.cart_line_removed")
    let productID: ProductID

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
    }
}

/// A guest's cart was added to its owner's.
struct CartMerged: EventPayload {
    static let eventType = EventType("order.cart_merged")
    let from: CartID
    /// The lines that changed, with what is wanted of them now.
    let lines: [CartLine]
    /// What did not fit within the limits, or is sold in another currency.
    let leftOut: [CartLine]

    enum CodingKeys: String, CodingKey {
        case from, lines
        case leftOut = "left_out"
    }
}

/// What was ordered is wanted no more.
struct CartOrdered: EventPayload {
    static let eventType = EventType("order.cart_ordered")
    let orderID: OrderID
    let items: [CheckoutItem]

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case items
    }
}

/// The cart takes nothing any more.
struct CartClosed: EventPayload {
    static let eventType = EventType("order.cart_closed")
    enum Reason: String, Codable, CaseIterable, Sendable {
        case merged, erased
    }
    let reason: Reason
    /// The cart that its lines went to.
    let into: CartID?
}

enum CartEvent: DomainEvent {
    case opened(CartOpened)
    case lineSet(CartLineSet)
    case lineRemoved(CartLineRemoved)
    case merged(CartMerged)
    case ordered(CartOrdered)
    case closed(CartClosed)
    case abandoned(OrderCartAbandoned)

    static let forms: [EventForm<Self>] = [
        .form(Self.opened), .form(Self.lineSet), .form(Self.lineRemoved), .form(Self.merged),
        .form(Self.ordered), .form(Self.closed), .form(Self.abandoned),
    ]

    var payload: any EventPayload {
        switch self {
        case .opened(let fact): fact
        case .lineSet(let fact): fact
        case .lineRemoved(let fact): fact
        case .merged(let fact): fact
        case .ordered(let fact): fact
        case .closed(let fact): fact
        case .abandoned(let fact): fact
        }
    }
}
