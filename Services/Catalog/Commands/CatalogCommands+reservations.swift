internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// Pieces to set aside for a while.
struct ReserveStock: Codable, Sendable {
    /// The longest that pieces are kept for somebody: a day.
    static let longestSeconds = 86_400

    let productID: ProductID
    let quantity: Int
    var orderID: OrderID?
    let expiresInSeconds: Int

    enum CodingKeys: String, CodingKey {
        case quantity
        case productID = "product_id"
        case orderID = "order_id"
        case expiresInSeconds = "expires_in_seconds"
    }

    func check() throws {
        var checks = FieldChecks()
        checks.require(
            (1...Product.mostPieces).contains(quantity), "/quantity",
            "must be within 1 and \(Product.mostPieces)")
        checks.require(
            (1...Self.longestSeconds).contains(expiresInSeconds), "/expires_in_seconds",
            "must be within 1 and \(Self.longestSeconds)")
        try checks.finish()
    }
}

/// What the timer of a reservation carries.
struct ReservationDeadline: Codable, Sendable {
    let productID: ProductID

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
    }
}

extension CatalogCommands {
    /// The kind of the timers that end reservations.
    static let expiryTimer = "reservation-expiry"
    /// Scope of the claims by which a reservation is found.
    static let reservationScope = "reservation"

    func reserve(
        _ body: ReserveStock, _ context: CommandContext
    ) async throws -> Committed<ReservationView> {
        try body.check()
        let id = ids.next(ReservationTag.self)
        let now = clock.now()
        let expiresAt = now + .seconds(body.expiresInSeconds)
        return try await store.commit(context) { unit in
            guard try await unit.load(Product.self, body.productID).phase != .absent else {
                throw Problem.bodyFault("/product_id", "is no product")
            }
            try await unit.decide(
                Product.self, body.productID,
                .reserve(
                    id: id.description, quantity: body.quantity, expiresAt: expiresAt, now: now,
                    orderID: body.orderID))
            unit.claim(
                Self.reservationScope, id.description, by: Product.stream(body.productID))
            unit.schedule(
                TimerRequest(
                    kind: Self.expiryTimer, key: id.description, due: expiresAt,
                    payload: try JSON.encode(ReservationDeadline(productID: body.productID))))
            return ReservationView(
                id: id, productID: body.productID, state: .open, quantity: body.quantity,
                expiresAt: expiresAt, orderID: body.orderID)
        }
    }

    /// Sells what was set aside. Where its order was cancelled meanwhile, the pieces are here again
    /// at once.
    func fulfil(
        _ id: ReservationID, _ context: CommandContext
    ) async throws -> Committed<ReservationView> {
        let now = clock.now()
        return try await end(id, context) { productID, unit in
            let product = try await unit.load(Product.self, productID)
            try await unit.decide(
                Product.self, productID, .fulfil(id: id.description, now: now))
            guard let open = product.reservations[id.description], let order = open.orderID else {
                return .fulfilled
            }
            try await unit.decide(
                Sale.self, order,
                .sell(PiecesSold(reservationID: id.description, productID: productID)))
            guard try await unit.load(Sale.self, order).isCancelled else { return .fulfilled }
            try await unit.decide(Product.self, productID, .takeBack(id: id.description))
            return .returned
        }
    }

    func release(
        _ id: ReservationID, _ context: CommandContext
    ) async throws -> Committed<ReservationView> {
        try await end(id, context) { productID, unit in
            try await unit.decide(Product.self, productID, .release(id: id.description))
            return .released
        }
    }

    private func end(
        _ id: ReservationID, _ context: CommandContext,
        _ body: @Sendable (ProductID, UnitOfWork) async throws -> ReservationView.State
    ) async throws -> Committed<ReservationView> {
        let productID = try await product(of: id)
        return try await store.commit(context) { unit in
            let state = try await body(productID, unit)
            unit.cancelTimer(Self.expiryTimer, id.description)
            return ReservationView(id: id, productID: productID, state: state)
        }
    }

    /// - Throws: `Problem` 404 when there never was such a reservation.
    private func product(of id: ReservationID) async throws -> ProductID {
        let stream = try await store.claimant(Self.reservationScope, id.description)
        return try found(stream.flatMap { ProductID(String($0.key)) })
    }
}
