internal import EventTypes

/// What an order has of one shop, the click that it earns cashback by and the sale that it becomes.
struct PurchaseShare: Hashable, Sendable, Codable {
    let merchantID: MerchantID
    let sale: Money
    /// Nil when nobody promised anything: it earns nothing.
    let clickID: ClickID?
    /// Nil without a click.
    let conversionID: ConversionID?

    enum CodingKeys: String, CodingKey {
        case merchantID = "merchant_id"
        case sale
        case clickID = "click_id"
        case conversionID = "conversion_id"
    }
}

/// An order was paid; cashback's own copy of what matters to it.
struct OrderPaymentNoted: EventPayload {
    static let eventType = EventType("cashback.order_payment_noted")
    let orderID: OrderID
    let userID: UserID
    let shares: [PurchaseShare]
    let paidAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case userID = "user_id"
        case shares
        case paidAt = "paid_at"
    }
}

/// Everything in an order went to its buyer.
struct OrderFulfilmentNoted: EventPayload {
    static let eventType = EventType("cashback.order_fulfilment_noted")
    let orderID: OrderID

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
    }
}

/// An order will not be fulfilled.
struct OrderCancellationNoted: EventPayload {
    static let eventType = EventType("cashback.order_cancellation_noted")
    let orderID: OrderID
    let reason: String

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case reason
    }
}

/// What of an order's money went back, shop by shop.
struct OrderRefundNoted: EventPayload {
    static let eventType = EventType("cashback.order_refund_noted")
    let orderID: OrderID
    let refundID: RefundID
    let amounts: [Amount]
    let reason: String

    struct Amount: Hashable, Sendable, Codable {
        let merchantID: MerchantID
        let amount: Money

        enum CodingKeys: String, CodingKey {
            case merchantID = "merchant_id"
            case amount
        }
    }

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case refundID = "refund_id"
        case amounts, reason
    }

    /// - Throws: `amountOutOfRange`, also when currencies are mixed.
    init(_ event: OrderRefunded) throws(CashbackError) {
        orderID = event.orderID
        refundID = event.refundID
        reason = event.reason
        amounts = try event.lines.sums { ($0.merchantID, $0.amount) }.map {
            Amount(merchantID: $0.merchant, amount: $0.sum)
        }
    }
}

extension Array {
    /// What the elements come to for each shop, in the order of their identifiers.
    func sums(
        _ part: (Element) -> (MerchantID, Money)
    ) throws(CashbackError) -> [(merchant: MerchantID, sum: Money)] {
        var sums: [MerchantID: Money] = [:]
        for element in self {
            let (merchant, amount) = part(element)
            guard !amount.isNegative else { throw .amountNegative }
            guard let sum = try? (sums[merchant] ?? .zero(amount.currency)).adding(amount) else {
                throw .amountOutOfRange
            }
            sums[merchant] = sum
        }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

enum PurchaseEvent: DomainEvent {
    case paid(OrderPaymentNoted)
    case fulfilled(OrderFulfilmentNoted)
    case cancelled(OrderCancellationNoted)
    case refunded(OrderRefundNoted)

    static let forms: [EventForm<Self>] = [
        .form(Self.paid), .form(Self.fulfilled), .form(Self.cancelled), .form(Self.refunded),
    ]

    var payload: any EventPayload {
        switch self {
        case .paid(let fact): fact
        case .fulfilled(let fact): fact
        case .cancelled(let fact): fact
        case .refunded(let fact): fact
        }
    }
}
