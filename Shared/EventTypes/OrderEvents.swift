/// A product in an order, at the price that its buyer confirmed.
public struct OrderLine: Hashable, Sendable, Codable {
    public let productID: ProductID
    public let merchantID: MerchantID
    public let title: String
    public let quantity: Int64
    public let unitPrice: Money
    /// The price of all of them.
    public let total: Money

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case merchantID = "merchant_id"
        case title, quantity
        case unitPrice = "unit_price"
        case total
    }

    public init(
        productID: ProductID, merchantID: MerchantID, title: String, quantity: Int64,
        unitPrice: Money, total: Money
    ) {
        self.productID = productID
        self.merchantID = merchantID
        self.title = title
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.total = total
    }

    static let example = OrderLine(
        productID: .example(4), merchantID: .example(2), title: "Compact disc", quantity: 2,
        unitPrice: .example(1_499), total: .example(2_998))
}

/// What of a product's price goes back to its buyer.
public struct RefundLine: Hashable, Sendable, Codable {
    public let productID: ProductID
    public let merchantID: MerchantID
    /// How many came back; 0 when only money does.
    public let quantity: Int64
    public let amount: Money

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case merchantID = "merchant_id"
        case quantity, amount
    }

    public init(productID: ProductID, merchantID: MerchantID, quantity: Int64, amount: Money) {
        self.productID = productID
        self.merchantID = merchantID
        self.quantity = quantity
        self.amount = amount
    }

    static let example = RefundLine(
        productID: .example(4), merchantID: .example(2), quantity: 1, amount: .example(1_499))
}

/// A product in a cart that was left alone.
public struct AbandonedLine: Hashable, Sendable, Codable {
    public let productID: ProductID
    public let merchantID: MerchantID
    public let quantity: Int64
    /// What one cost when it was put there.
    public let unitPrice: Money

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case merchantID = "merchant_id"
        case quantity
        case unitPrice = "unit_price"
    }

    public init(
        productID: ProductID, merchantID: MerchantID, quantity: Int64, unitPrice: Money
    ) {
        self.productID = productID
        self.merchantID = merchantID
        self.quantity = quantity
        self.unitPrice = unitPrice
    }

    static let example = AbandonedLine(
        productID: .example(4), merchantID: .example(2), quantity: 1, unitPrice: .example(1_499))
}

public struct OrderCartAbandoned: PublishedEvent {
    public static let eventType = EventType("order.cart_abandoned")
    public static let summary =
        "A guest's cart was not changed for as long as one is kept, and is closed."
    public let cartID: CartID
    /// What was in it.
    public let lines: [AbandonedLine]
    public let abandonedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case cartID = "cart_id"
        case lines
        case abandonedAt = "abandoned_at"
    }

    public init(cartID: CartID, lines: [AbandonedLine], abandonedAt: Timestamp) {
        self.cartID = cartID
        self.lines = lines
        self.abandonedAt = abandonedAt
    }

    public static let example = Self(
        cartID: .example(22), lines: [.example], abandonedAt: .example)
}

public struct OrderPlaced: PublishedEvent {
    public static let eventType = EventType("order.placed")
    public static let summary = "A checkout became an order: its stock and its money are held."
    public let orderID: OrderID
    public let checkoutID: CheckoutID
    public let userID: UserID
    public let lines: [OrderLine]
    public let total: Money
    /// The click that led to it, where its buyer came through an offer.
    public let clickID: String?
    public let placedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case checkoutID = "checkout_id"
        case userID = "user_id"
        case lines, total
        case clickID = "click_id"
        case placedAt = "placed_at"
    }

    public init(
        orderID: OrderID, checkoutID: CheckoutID, userID: UserID, lines: [OrderLine], total: Money,
        clickID: String? = nil, placedAt: Timestamp
    ) {
        self.orderID = orderID
        self.checkoutID = checkoutID
        self.userID = userID
        self.lines = lines
        self.total = total
        self.clickID = clickID
        self.placedAt = placedAt
    }

    public static let example = Self(
        orderID: .example(18), checkoutID: .example(19), userID: .example(1), lines: [.example],
        total: .example(2_998), placedAt: .example)
}

public struct OrderPaid: PublishedEvent {
    public static let eventType = EventType("order.paid")
    public static let summary = "The money of an order was captured, once."
    public let orderID: OrderID
    public let userID: UserID
    public let lines: [OrderLine]
    public let total: Money
    /// The signed click that led to it, where its buyer came through an offer.
    public let clickID: String?
    public let holdID: HoldID
    public let paidAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case userID = "user_id"
        case lines, total
        case clickID = "click_id"
        case holdID = "hold_id"
        case paidAt = "paid_at"
    }

    public init(
        orderID: OrderID, userID: UserID, lines: [OrderLine], total: Money, clickID: String? = nil,
        holdID: HoldID, paidAt: Timestamp
    ) {
        self.orderID = orderID
        self.userID = userID
        self.lines = lines
        self.total = total
        self.clickID = clickID
        self.holdID = holdID
        self.paidAt = paidAt
    }

    public static let example = Self(
        orderID: .example(18), userID: .example(1), lines: [.example], total: .example(2_998),
        holdID: .example(20), paidAt: .example)
}

public struct OrderFulfilled: PublishedEvent {
    public static let eventType = EventType("order.fulfilled")
    public static let summary = "Everything in a paid order went to its buyer."
    public let orderID: OrderID
    public let userID: UserID
    public let fulfilledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case userID = "user_id"
        case fulfilledAt = "fulfilled_at"
    }

    public init(orderID: OrderID, userID: UserID, fulfilledAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.fulfilledAt = fulfilledAt
    }

    public static let example = Self(
        orderID: .example(18), userID: .example(1), fulfilledAt: .example)
}

public struct OrderCancelled: PublishedEvent {
    public static let eventType = EventType("order.cancelled")
    public static let summary =
        "An order will not be fulfilled; what was paid for it and not refunded before is refunded."
    public let orderID: OrderID
    public let userID: UserID
    public let reason: String
    public let cancelledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case userID = "user_id"
        case reason
        case cancelledAt = "cancelled_at"
    }

    public init(orderID: OrderID, userID: UserID, reason: String, cancelledAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.reason = reason
        self.cancelledAt = cancelledAt
    }

    public static let example = Self(
        orderID: .example(18), userID: .example(1), reason: "requested_by_customer",
        cancelledAt: .example)
}

public struct OrderRefunded: PublishedEvent {
    public static let eventType = EventType("order.refunded")
    public static let summary = "A part of an order's money, or all of it, went back to its buyer."
    public let orderID: OrderID
    public let refundID: RefundID
    public let userID: UserID
    public let lines: [RefundLine]
    /// The sum of the lines.
    public let amount: Money
    /// The sum of all refunds of the order, this one among them.
    public let refundedTotal: Money
    public let reason: String
    public let refundedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case refundID = "refund_id"
        case userID = "user_id"
        case lines, amount
        case refundedTotal = "refunded_total"
        case reason
        case refundedAt = "refunded_at"
    }

    public init(
        orderID: OrderID, refundID: RefundID, userID: UserID, lines: [RefundLine], amount: Money,
        refundedTotal: Money, reason: String, refundedAt: Timestamp
    ) {
        self.orderID = orderID
        self.refundID = refundID
        self.userID = userID
        self.lines = lines
        self.amount = amount
        self.refundedTotal = refundedTotal
        self.reason = reason
        self.refundedAt = refundedAt
    }

    public static let example = Self(
        orderID: .example(18), refundID: .example(21), userID: .example(1), lines: [.example],
        amount: .example(1_499), refundedTotal: .example(1_499), reason: "item_returned",
        refundedAt: .example)
}

public struct OrderCheckoutFailed: PublishedEvent {
    public static let eventType = EventType("order.checkout_failed")
    public static let summary =
        "A checkout ended without an order; whatever was held for it is free again."
    public let checkoutID: CheckoutID
    public let userID: UserID
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case checkoutID = "checkout_id"
        case userID = "user_id"
        case reason
    }

    public init(checkoutID: CheckoutID, userID: UserID, reason: String) {
        self.checkoutID = checkoutID
        self.userID = userID
        self.reason = reason
    }

    public static let example = Self(
        checkoutID: .example(19), userID: .example(1), reason: "insufficient_funds")
}
