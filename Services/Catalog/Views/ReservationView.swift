internal import EventTypes

/// Pieces that are set aside, as other services see them.
struct ReservationView: Codable, Sendable {
    /// What became of it.
    enum State: String, Codable, CaseIterable, Sendable {
        case open, fulfilled, released
        /// Sold, and here again: the order was cancelled.
        case returned
    }

    let id: ReservationID
    let productID: ProductID
    let state: State
    /// What was set aside; nil once it has ended.
    var quantity: Int?
    var expiresAt: Timestamp?
    var orderID: OrderID?

    enum CodingKeys: String, CodingKey {
        case id, state, quantity
        case productID = "product_id"
        case expiresAt = "expires_at"
        case orderID = "order_id"
    }
}
