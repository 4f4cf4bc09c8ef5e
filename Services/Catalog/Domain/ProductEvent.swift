internal import EventTypes

/// What happened to a product and its stock, stream `product-<id>`.
enum ProductEvent: DomainEvent {
    case listed(ProductListed)
    case changed(ProductChanged)
    case stockSet(StockSet)
    case stockReserved(StockReserved)
    case reservationReleased(ReservationReleased)
    case reservationFulfilled(ReservationFulfilled)
    case stockReturned(StockReturned)
    case delisted(ProductDelisted)

    static let forms: [EventForm<Self>] = [
        .form(Self.listed), .form(Self.changed), .form(Self.stockSet), .form(Self.stockReserved),
        .form(Self.reservationReleased), .form(Self.reservationFulfilled),
        .form(Self.stockReturned), .form(Self.delisted),
    ]

    var payload: any EventPayload {
        switch self {
        case .listed(let fact): fact
        case .changed(let fact): fact
        case .stockSet(let fact): fact
        case .stockReserved(let fact): fact
        case .reservationReleased(let fact): fact
        case .reservationFulfilled(let fact): fact
        case .stockReturned(let fact): fact
        case .delisted(let fact): fact
        }
    }
}

/// A product can be found.
struct ProductListed: EventPayload {
    static let eventType = EventType("catalog.item_listed")
    let productID: ProductID
    let merchantID: MerchantID
    /// The shop's own number, unique in the shop.
    let sku: String
    let title: String
    let description: String
    let categoryID: CategoryID?
    let price: Money

    enum CodingKeys: String, CodingKey {
        case sku, title, description, price
        case productID = "product_id"
        case merchantID = "merchant_id"
        case categoryID = "category_id"
    }
}

/// How the product is shown, or what it costs, has changed.
struct ProductChanged: EventPayload {
    static let eventType = EventType("catalog.item_changed")
    let productID: ProductID
    let merchantID: MerchantID
    let title: String
    let description: String
    let categoryID: CategoryID?
    let price: Money

    enum CodingKeys: String, CodingKey {
        case title, description, price
        case productID = "product_id"
        case merchantID = "merchant_id"
        case categoryID = "category_id"
    }
}

/// Somebody counted: so many pieces are there, reserved ones included.
struct StockSet: EventPayload {
    static let eventType = EventType("catalog.stock_set")
    let onHand: Int

    enum CodingKeys: String, CodingKey {
        case onHand = "on_hand"
    }
}

/// Pieces are set aside until the reservation is fulfilled, released or expires.
struct StockReserved: EventPayload {
    static let eventType = EventType("catalog.stock_reserved")
    let reservationID: String
    let quantity: Int
    let expiresAt: Timestamp
    /// The order that they are for, where there is one already.
    var orderID: OrderID?

    enum CodingKeys: String, CodingKey {
        case quantity
        case reservationID = "reservation_id"
        case orderID = "order_id"
        case expiresAt = "expires_at"
    }
}

/// The pieces can be sold to others again.
struct ReservationReleased: EventPayload {
    static let eventType = EventType("catalog.stock_reservation_released")
    let reservationID: String
    let reason: ReleaseReason

    enum CodingKeys: String, CodingKey {
        case reason
        case reservationID = "reservation_id"
    }
}

/// The pieces are sold and gone.
struct ReservationFulfilled: EventPayload {
    static let eventType = EventType("catalog.stock_reservation_fulfilled")
    let reservationID: String

    enum CodingKeys: String, CodingKey {
        case reservationID = "reservation_id"
    }
}

/// Pieces that were sold are here after all: their order was cancelled before they were sent.
struct StockReturned: EventPayload {
    static let eventType = EventType("catalog.stock_returned")
    let reservationID: String
    let quantity: Int

    enum CodingKeys: String, CodingKey {
        case quantity
        case reservationID = "reservation_id"
    }
}

/// The product is not offered any more.
struct ProductDelisted: EventPayload {
    static let eventType = EventType("catalog.item_delisted")
    let reason: String

    enum CodingKeys: String, CodingKey {
        case reason
    }
}

/// Why reserved pieces became free again.
enum ReleaseReason: String, Codable, CaseIterable, Sendable {
    case cancelled, expired
}
