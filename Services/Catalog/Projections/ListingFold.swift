internal import Database
internal import EventTypes

/// The rows of products that a batch of events touches, folded in memory.
struct ListingFold {
    private struct Listing {
        let id: ProductID
        let merchantID: MerchantID
        let sku: String
        var details: Product.Details
        var onHand = 0
        var reserved = 0
        var state = ProductView.State.listed
        var version: Int64
    }

    private struct Reservation {
        let id: String
        let productID: ProductID
        let quantity: Int
        let expiresAt: Timestamp
        let orderID: OrderID?
        var state = ReservationView.State.open
    }

    private var listings: [ProductID: Listing] = [:]
    private var reservations: [String: Reservation] = [:]

    /// The reservation that an event ends, or whose pieces it takes back.
    static func endedReservation(_ event: ProductEvent) -> String? {
        switch event {
        case .reservationReleased(let fact): fact.reservationID
        case .reservationFulfilled(let fact): fact.reservationID
        case .stockReturned(let fact): fact.reservationID
        default: nil
        }
    }

    // MARK: Reading

    mutating func read(
        products: [ProductID], reservations ended: [String], on connection: Connection
    ) async throws {
        let rows = try await connection.pipeline([
            "select \(ProductView.columns) from product where id = any(\(products))",
            """
            select id, product_id, quantity, expires_at, order_id, state from reservation
            where id = any(\(ended))
            """,
        ])
        for row in rows[0] {
            let view = try ProductView(row)
            listings[view.id] = Listing(
                id: view.id, merchantID: view.merchantID, sku: view.sku,
                details: Product.Details(
                    title: view.title, description: view.description,
                    categoryID: view.categoryID, price: view.price),
                onHand: view.stock, reserved: view.stock - view.available, state: view.state,
                version: view.version)
        }
        for row in rows[1] {
            let id: String = try row.get("id")
            reservations[id] = Reservation(
                id: id, productID: try row.get("product_id"), quantity: try row.get("quantity"),
                expiresAt: try row.get("expires_at"), orderID: try row.get("order_id"),
                state: ReservationView.State(rawValue: try row.get("state")) ?? .open)
        }
    }

    // MARK: Folding

    mutating func add(_ event: ProductEvent, to id: ProductID, version: Int64) {
        if case .listed(let fact) = event {
            listings[id] = Listing(
                id: id, merchantID: fact.merchantID, sku: fact.sku, details: fact.details,
                version: version)
            return
        }
        guard var listing = listings[id] else { return }
        listing.version = version
        switch event {
        case .listed: break
        case .changed(let fact):
            listing.details = Product.Details(
                title: fact.title, description: fact.description, categoryID: fact.categoryID,
                price: fact.price)
        case .stockSet(let fact): listing.onHand = fact.onHand
        case .stockReserved(let fact):
            listing.reserved += fact.quantity
            reservations[fact.reservationID] = Reservation(
                id: fact.reservationID, productID: id, quantity: fact.quantity,
                expiresAt: fact.expiresAt, orderID: fact.orderID)
        case .reservationReleased(let fact):
            listing.reserved -= reservations[fact.reservationID]?.quantity ?? 0
            reservations[fact.reservationID]?.state = .released
        case .reservationFulfilled(let fact):
            let quantity = reservations[fact.reservationID]?.quantity ?? 0
            listing.reserved -= quantity
            listing.onHand -= quantity
            reservations[fact.reservationID]?.state = .fulfilled
        case .stockReturned(let fact):
            listing.onHand += fact.quantity
            reservations[fact.reservationID]?.state = .returned
        case .delisted: listing.state = .delisted
        }
        listings[id] = listing
    }

    // MARK: Writing

    func write(on connection: Connection) async throws {
        try await connection.pipelineExecute([listingsStatement, reservationsStatement])
    }

    private var listingsStatement: SQL {
        let rows = listings.values.sorted { $0.id < $1.id }
        return """
            insert into product (id, merchant_id, sku, title, description, category_id,
                price_minor, currency, price_band, on_hand, reserved, state, version, words)
            select id, merchant_id, sku, title, description, category_id, price_minor, currency,
                price_band, on_hand, reserved, state, version, words::tsvector
            from unnest(\(rows.map(\.id)), \(rows.map(\.merchantID)), \(rows.map(\.sku)),
                \(rows.map(\.details.title)), \(rows.map(\.details.description)),
                \(rows.map(\.details.categoryID)), \(rows.map(\.details.price.minorUnits)),
                \(rows.map(\.details.price.currency)),
                \(rows.map { Int32(PriceBand(of: $0.details.price).number) }),
                \(rows.map(\.onHand)), \(rows.map(\.reserved)), \(rows.map(\.state.rawValue)),
                \(rows.map(\.version)), \(rows.map(Self.words)))
                as folded (id, merchant_id, sku, title, description, category_id, price_minor,
                    currency, price_band, on_hand, reserved, state, version, words)
            on conflict (id) do update
            set title = excluded.title, description = excluded.description,
                category_id = excluded.category_id, price_minor = excluded.price_minor,
                currency = excluded.currency, price_band = excluded.price_band,
                on_hand = excluded.on_hand, reserved = excluded.reserved,
                state = excluded.state, version = excluded.version, words = excluded.words
            """
    }

    private var reservationsStatement: SQL {
        let rows = reservations.values.sorted { $0.id < $1.id }
        return """
            insert into reservation (id, product_id, quantity, expires_at, order_id, state)
            select * from unnest(\(rows.map(\.id)), \(rows.map(\.productID)),
                \(rows.map(\.quantity)), \(rows.map(\.expiresAt)), \(rows.map(\.orderID)),
                \(rows.map(\.state.rawValue)))
            on conflict (id) do update set state = excluded.state
            """
    }

    private static func words(_ listing: Listing) -> String {
        SearchVector.text(
            title: listing.details.title, sku: listing.sku,
            description: listing.details.description)
    }
}
