internal import EventStore
internal import EventTypes

/// What other services get to read of the log of orders. Pure.
enum OrderPublications {
    static func map(_ event: RecordedEvent) throws -> [Publication] {
        try payload(event).map { [Publication(.orderEvents, event, $0)] } ?? []
    }

    private static func payload(_ event: RecordedEvent) throws -> (any PublishedEvent)? {
        switch String(event.stream.category) {
        case Order.category: order(try event.decode(OrderEvent.self))
        case Cart.category: cart(try event.decode(CartEvent.self))
        case Checkout.category: checkout(try event.decode(CheckoutEvent.self))
        default: nil
        }
    }

    private static func cart(_ event: CartEvent) -> (any PublishedEvent)? {
        guard case .abandoned(let fact) = event else { return nil }
        return fact
    }

    private static func order(_ event: OrderEvent) -> (any PublishedEvent)? {
        switch event {
        case .placed(let fact): fact
        case .paid(let fact): fact
        case .fulfilled(let fact): fact
        case .cancelled(let fact): fact
        case .refunded(let fact): fact
        case .refundDecided, .refundAttemptFailed, .refundRetried: nil
        }
    }

    private static func checkout(_ event: CheckoutEvent) -> (any PublishedEvent)? {
        // Where there was an order, its cancellation tells the same.
        guard case .failed(let fact) = event, !fact.hadOrder else { return nil }
        return OrderCheckoutFailed(
            checkoutID: fact.checkoutID, userID: fact.userID, reason: fact.reason)
    }
}
