internal import EventTypes

/// What happened to the stock of an order, stream `sale-<order>`.
enum SaleEvent: DomainEvent {
    case sold(PiecesSold)
    case cancelled(SaleCancelled)

    static let forms: [EventForm<Self>] = [.form(Self.sold), .form(Self.cancelled)]

    var payload: any EventPayload {
        switch self {
        case .sold(let fact): fact
        case .cancelled(let fact): fact
        }
    }
}

/// The pieces of a reservation went to the order.
struct PiecesSold: EventPayload, Hashable {
    static let eventType = EventType("catalog.pieces_sold")
    let reservationID: String
    let productID: ProductID

    enum CodingKeys: String, CodingKey {
        case reservationID = "reservation_id"
        case productID = "product_id"
    }
}

/// The order was cancelled: nothing of it is sent.
struct SaleCancelled: EventPayload {
    static let eventType = EventType("catalog.sale_cancelled")
}
