internal import Database
internal import EventStore
internal import EventTypes

/// What `verify` checks about the stock.
enum StockInvariants {
    static let all = [promisesFit, refoldAgrees]

    /// How many events or products are read at a time.
    private static let pageSize = 500

    /// No product has more pieces promised than there are, and what it shows as reserved is what
    /// its open reservations come to.
    static let promisesFit = Invariant(
        name: "reserved and available pieces of every product make up its stock"
    ) { context in
        let counts = try await context.pool.query(
            "select count(*) as products from product", isReadOnly: true)
        let wrong = try await context.pool.query(
            """
            select product.id, product.on_hand, product.reserved,
                coalesce(sum(reservation.quantity), 0)::bigint as promised
            from product left join reservation
                on reservation.product_id = product.id and reservation.state = 'open'
            group by product.id
            having product.reserved <> coalesce(sum(reservation.quantity), 0)
                or product.reserved > product.on_hand or product.reserved < 0
            order by product.id limit \(InvariantResult.violationLimit)
            """, isReadOnly: true)
        if wrong.isEmpty { return .holds(examined: try counts.first?.get("products") ?? 0) }
        return .violated(
            try wrong.map { row in
                let id: ProductID = try row.get("id")
                let numbers = try ["on_hand", "reserved", "promised"].map { name in
                    "\(name) \(try row.get(name, as: Int.self))"
                }
                return "Product \(id): \(numbers.joined(separator: ", "))."
            })
    }

    /// Every product folded again from its first event has as many pieces promised as it may have,
    /// and holds its number in the shop.
    static let refoldAgrees = Invariant(
        name: "every product folded from its log promises no piece twice and holds its number"
    ) { context in
        var faults: [String] = []
        var examined = 0
        var last = ProductID(high: 0, low: 0)
        while faults.count < InvariantResult.violationLimit {
            let rows = try await context.pool.query(
                """
                select id from product where id > \(last) order by id limit \(pageSize)
                """, isReadOnly: true)
            for row in rows {
                last = try row.get("id")
                examined += 1
                if let fault = try await fault(of: last, context.store) { faults.append(fault) }
            }
            if rows.isEmpty { break }
        }
        if faults.isEmpty { return .holds(examined: examined) }
        return .violated(Array(faults.prefix(InvariantResult.violationLimit)))
    }

    private static func fault(of id: ProductID, _ store: any EventStore) async throws -> String? {
        var state = Product.initial
        var version: Int64 = 0
        while true {
            let events = try await store.read(
                Product.stream(id), after: version, limit: pageSize)
            guard let end = events.last?.version else { break }
            for event in events {
                Product.evolve(&state, try event.decode(ProductEvent.self))
                if state.reserved < 0 || state.free < 0 {
                    return "Product \(id) promises \(state.reserved) of \(state.onHand) pieces"
                        + " at version \(event.version)."
                }
            }
            version = end
        }
        guard let listing = state.listing else { return "Product \(id) was never listed." }
        let key = CatalogCommands.skuKey(listing.merchantID, listing.sku)
        let holder = try await store.claimant(CatalogCommands.skuScope, key)
        return holder == Product.stream(id) ? nil : "Product \(id) does not hold its number."
    }
}
