internal import EventTypes

/// An order as its owner sees it.
struct OrderView: Codable, Sendable {
    struct Line: Codable, Sendable {
        let productID: ProductID
        let merchantID: MerchantID
        let title: String
        let quantity: Int64
        let unitPrice: Money
        let total: Money
        /// What of it went back.
        let refunded: Money
        let refundedQuantity: Int64

        enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case merchantID = "merchant_id"
            case title, quantity
            case unitPrice = "unit_price"
            case total, refunded
            case refundedQuantity = "refunded_quantity"
        }
    }

    let id: OrderID
    let checkoutID: CheckoutID
    let version: Int64
    let state: Order.Phase
    let lines: [Line]
    let total: Money
    let refunded: Money
    /// What can be done with it now.
    let next: [String]
    let refunds: [RefundView]
    let clickID: String?
    let reason: String?
    let placedAt: Timestamp
    let paidAt: Timestamp?
    let fulfilledAt: Timestamp?
    let cancelledAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id
        case checkoutID = "checkout_id"
        case version, state, lines, total, refunded, next, refunds
        case clickID = "click_id"
        case reason
        case placedAt = "placed_at"
        case paidAt = "paid_at"
        case fulfilledAt = "fulfilled_at"
        case cancelledAt = "cancelled_at"
    }

    /// - Returns: nil when there is none.
    init?(_ order: Order.State, version: Int64) {
        guard let placed = order.placed else { return nil }
        let currency = placed.total.currency
        func money(_ minor: Int64) -> Money {
            (try? Money(minorUnits: minor, currency)) ?? .zero(currency)
        }
        id = placed.orderID
        checkoutID = placed.checkoutID
        self.version = version
        state = order.phase
        lines = placed.lines.map { line in
            let gone = order.returned[line.productID] ?? Order.Returned()
            return Line(
                productID: line.productID, merchantID: line.merchantID, title: line.title,
                quantity: line.quantity, unitPrice: line.unitPrice, total: line.total,
                refunded: money(gone.amountMinor), refundedQuantity: gone.quantity)
        }
        total = placed.total
        refunded = money(order.refundedMinor)
        let isRefundable =
            order.paid != nil && placed.lines.contains { order.left(of: $0).amountMinor > 0 }
        switch order.phase {
        case .none, .placed: next = []
        case .paid: next = ["cancel", "fulfil"] + (isRefundable ? ["refund"] : [])
        case .fulfilled, .cancelled: next = isRefundable ? ["refund"] : []
        }
        refunds = order.refunds.map { RefundView($0, of: placed.orderID) }
        clickID = placed.clickID
        reason = order.cancelled?.reason
        placedAt = placed.placedAt
        paidAt = order.paid?.paidAt
        fulfilledAt = order.fulfilledAt
        cancelledAt = order.cancelled?.cancelledAt
    }
}
