internal import EventStore
internal import EventTypes
internal import ServiceKit

/// Closes the cart of somebody who was erased. Orders stay: they name nobody.
enum PersonPolicy {
    static func subscription(_ keys: any SubjectKeys) -> Subscription {
        Subscription(topics: [.userEvents], handles: [UserErased.eventType.name]) { event, unit in
            let user = try event.decode(UserErased.self).userID
            try await unit.decide(
                Cart.self, CheckoutNames.cart(of: user),
                .close(CartClosed(reason: .erased, into: nil)))
            keys.forget(user)
        }
    }
}
