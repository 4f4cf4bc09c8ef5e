internal import Crypto
internal import EventTypes

/// What follows from a checkout, the same each time: so a repeat makes nothing twice.
enum CheckoutNames {
    /// Scope of the claims by which a cart is in one running checkout only.
    static let cartScope = "cart-in-checkout"

    /// The cart of a person.
    static func cart(of user: UserID) -> CartID { .derived(from: user, "cart") }

    static func order(of checkout: CheckoutID) -> OrderID { .derived(from: checkout, "order") }

    /// The refund of what is left of an order that was cancelled.
    static func cancellation(of order: OrderID) -> RefundID {
        .derived(from: order, "cancellation")
    }

    /// - Parameter turn: from 0, one more each time that the pieces of the turn before were given
    ///   up by the catalogue before they were sold.
    static func reserveKey(_ checkout: CheckoutID, _ product: ProductID, turn: Int = 0) -> String {
        "checkout-\(checkout)/reserve/\(product)/\(turn)"
    }

    static func fulfilKey(_ reservation: ReservationID) -> String {
        "reservation-\(reservation)/fulfil"
    }

    static func releaseKey(_ reservation: ReservationID) -> String {
        "reservation-\(reservation)/release"
    }

    static func holdKey(_ checkout: CheckoutID) -> String { "checkout-\(checkout)/hold" }
    static func captureKey(_ hold: HoldID) -> String { "hold-\(hold)/capture" }
    static func releaseKey(_ hold: HoldID) -> String { "hold-\(hold)/release" }
    static func refundKey(_ refund: RefundID) -> String { "refund-\(refund)" }
}
