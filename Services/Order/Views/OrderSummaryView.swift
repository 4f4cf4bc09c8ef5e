internal import Database
internal import EventTypes

/// An order in a list.
struct OrderSummaryView: Codable, Sendable {
    let id: OrderID
    let checkoutID: CheckoutID
    let state: Order.Phase
    /// How many products it has.
    let lineCount: Int64
    /// The title of the first of them.
    let title: String
    let total: Money
    let refunded: Money
    let placedAt: Timestamp
    let changedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case checkoutID = "checkout_id"
        case state
        case lineCount = "line_count"
        case title, total, refunded
        case placedAt = "placed_at"
        case changedAt = "changed_at"
    }

    init(_ row: Row) throws {
        let currency: Currency = try row.get("currency")
        id = try row.get("order_id")
        checkoutID = try row.get("checkout_id")
        state = Order.Phase(rawValue: try row.get("state")) ?? .none
        lineCount = try row.get("line_count")
        title = try row.get("title")
        total = try Money(minorUnits: row.get("total_minor"), currency)
        refunded = try Money(minorUnits: row.get("refunded_minor"), currency)
        placedAt = try row.get("placed_at")
        changedAt = try row.get("changed_at")
    }
}
