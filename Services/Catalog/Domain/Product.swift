internal import EventTypes

/// The rules of a product and its stock. What is reserved is never promised twice: the free pieces
/// are those on hand less every open reservation.
enum Product: Decider {
    static let category = "product"
    static let initial = State()

    /// The most pieces on hand and in one reservation.
    static let mostPieces = 1_000_000

    struct State: Sendable, Equatable {
        /// absent → listed → delisted → listed
        enum Phase: Sendable, Equatable { case absent, listed, delisted }

        struct Reservation: Sendable, Equatable {
            let quantity: Int
            let expiresAt: Timestamp
            let orderID: OrderID?
        }

        /// How a reservation ended; pieces that were sold may come back, once.
        enum Ending: Sendable, Equatable {
            case released, returned
            case sold(Int)
        }

        var phase = Phase.absent
        var listing: ProductListed?
        var onHand = 0
        var reservations: [String: Reservation] = [:]
        /// Reservations that ended, so that a repeat is known.
        var settled: [String: Ending] = [:]

        var reserved: Int { reservations.values.reduce(0) { $0 + $1.quantity } }
        /// What can still be promised.
        var free: Int { onHand - reserved }
    }

    /// What can be changed about a product that is listed.
    struct Details: Sendable, Equatable {
        var title: String
        var description: String
        var categoryID: CategoryID?
        var price: Money
    }

    enum Command: Sendable {
        case list(ProductListed)
        case change(Details)
        case setStock(Int)
        case reserve(
            id: String, quantity: Int, expiresAt: Timestamp, now: Timestamp,
            orderID: OrderID? = nil)
        case release(id: String)
        case expire(id: String, now: Timestamp)
        case fulfil(id: String, now: Timestamp)
        /// What was sold did not leave the shop and can be sold again.
        case takeBack(id: String)
        case delist(reason: String)
    }

    enum Refusal: Error, Equatable {
        case exists
        case unknown
        case delisted
        case priceNotPositive
        case currencyChanged
        case quantityOutOfRange
        case belowReserved(reserved: Int)
        case outOfStock(free: Int)
        case noReservation
        case reservationEnded
        case expiryInThePast
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [ProductEvent] {
        if case .list(let fact) = command {
            guard state.phase == .absent else { throw .exists }
            guard fact.price.isPositive else { throw .priceNotPositive }
            return [.listed(fact)]
        }
        guard state.phase != .absent, let listing = state.listing else { throw .unknown }
        switch command {
        case .list: throw .exists
        case .change(let details):
            guard state.phase == .listed else { throw .delisted }
            guard details.price.isPositive else { throw .priceNotPositive }
            guard details.price.currency == listing.price.currency else { throw .currencyChanged }
            if details == listing.details { return [] }
            return [
                .changed(
                    ProductChanged(
                        productID: listing.productID, merchantID: listing.merchantID,
                        title: details.title, description: details.description,
                        categoryID: details.categoryID, price: details.price))
            ]
        case .setStock(let count):
            guard (0...mostPieces).contains(count) else { throw .quantityOutOfRange }
            guard count >= state.reserved else { throw .belowReserved(reserved: state.reserved) }
            return count == state.onHand ? [] : [.stockSet(StockSet(onHand: count))]
        case .delist(let reason):
            if state.phase == .delisted { return [] }
            return [.delisted(ProductDelisted(reason: reason))]
        case .reserve, .release, .expire, .fulfil, .takeBack:
            return try decideReservation(command, state)
        }
    }

    private static func decideReservation(
        _ command: Command, _ state: State
    ) throws(Refusal) -> [ProductEvent] {
        switch command {
        case .reserve(let id, let quantity, let expiresAt, let now, let orderID):
            if let open = state.reservations[id], open.quantity == quantity { return [] }
            guard state.phase == .listed else { throw .delisted }
            guard state.reservations[id] == nil, state.settled[id] == nil else {
                throw .reservationEnded
            }
            guard (1...mostPieces).contains(quantity) else { throw .quantityOutOfRange }
            guard expiresAt > now else { throw .expiryInThePast }
            guard quantity <= state.free else { throw .outOfStock(free: state.free) }
            return [
                .stockReserved(
                    StockReserved(
                        reservationID: id, quantity: quantity, expiresAt: expiresAt,
                        orderID: orderID))
            ]
        case .release(let id):
            return try release(id, .cancelled, state)
        case .expire(let id, let now):
            guard let open = state.reservations[id], open.expiresAt <= now else { return [] }
            return try release(id, .expired, state)
        case .fulfil(let id, let now):
            guard let open = state.reservations[id] else {
                throw state.settled[id] == nil ? .noReservation : .reservationEnded
            }
            guard open.expiresAt > now else { throw .reservationEnded }
            return [.reservationFulfilled(ReservationFulfilled(reservationID: id))]
        case .takeBack(let id):
            guard case .sold(let quantity) = state.settled[id] else {
                if state.settled[id] == .returned { return [] }
                throw .noReservation
            }
            return [.stockReturned(StockReturned(reservationID: id, quantity: quantity))]
        default: throw .unknown
        }
    }

    private static func release(
        _ id: String, _ reason: ReleaseReason, _ state: State
    ) throws(Refusal) -> [ProductEvent] {
        if state.settled[id] != nil { return [] }
        guard state.reservations[id] != nil else { throw .noReservation }
        return [.reservationReleased(ReservationReleased(reservationID: id, reason: reason))]
    }

    static func evolve(_ state: inout State, _ event: ProductEvent) {
        switch event {
        case .listed(let fact):
            state.phase = .listed
            state.listing = fact
        case .changed(let fact):
            guard let old = state.listing else { return }
            state.listing = ProductListed(
                productID: old.productID, merchantID: old.merchantID, sku: old.sku,
                title: fact.title, description: fact.description, categoryID: fact.categoryID,
                price: fact.price)
        case .stockSet(let fact): state.onHand = fact.onHand
        case .stockReserved(let fact):
            state.reservations[fact.reservationID] = State.Reservation(
                quantity: fact.quantity, expiresAt: fact.expiresAt, orderID: fact.orderID)
        case .reservationReleased(let fact):
            state.reservations[fact.reservationID] = nil
            state.settled[fact.reservationID] = .released
        case .reservationFulfilled(let fact):
            let quantity = state.reservations.removeValue(forKey: fact.reservationID)?.quantity ?? 0
            state.onHand -= quantity
            state.settled[fact.reservationID] = .sold(quantity)
        case .stockReturned(let fact):
            state.onHand += fact.quantity
            state.settled[fact.reservationID] = .returned
        case .delisted: state.phase = .delisted
        }
    }
}

extension ProductListed {
    var details: Product.Details {
        Product.Details(
            title: title, description: description, categoryID: categoryID, price: price)
    }
}
