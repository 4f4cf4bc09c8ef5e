internal import EventStore
internal import EventTypes

/// What a cancelled order took out of the stock can be sold again. Only orders that were not sent
/// are ever cancelled.
enum CancelledOrders {
    static let subscription = Subscription(
        topics: [.orderEvents], handles: [OrderCancelled.eventType.name]
    ) { event, unit in
        let order = try event.decode(OrderCancelled.self).orderID
        try await unit.decide(Sale.self, order, .cancel)
        for pieces in try await unit.load(Sale.self, order).pieces {
            try await unit.decide(
                Product.self, pieces.productID, .takeBack(id: pieces.reservationID))
        }
    }
}
