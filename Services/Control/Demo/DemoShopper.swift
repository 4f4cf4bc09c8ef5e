internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// A customer on an errand at the platform's own checkout.
struct DemoShopper: Sendable {
    /// What a checkout came to.
    struct Purchase: Sendable {
        let checkoutID: String
        /// Nil when there is no order.
        let orderID: String?
        let reason: String?
    }

    static let interval: Duration = .milliseconds(100)
    /// How long money or news of it may be on its way.
    static let patience: Duration = .seconds(90)

    let index: Int
    let errand: DemoErrand
    let session: DemoSession
    let shop: DemoShop

    private var client: DemoClient { shop.client }

    private func key(_ name: String) -> String { "\(shop.run)-\(name)-\(index)" }

    // MARK: Before

    /// Pays in what the errand needs.
    func deposit() async throws {
        try await DemoDeposit(client: client).make(
            errand.deposit, session, key: key("deposit"))
    }

    /// Fills a cart as anybody may, then takes it over, signed in, and leaves through the offer.
    ///
    /// - Returns: the click.
    func fillCart() async throws -> String {
        var opening = DemoClient.Request(.post, "/api/v1/carts")
        opening.address = session.address
        let cart = try await client.send(opening)
        let id = try cart.text("id")
        let token = try cart.text("token")
        for line in errand.lines {
            var put = try DemoClient.Request(
                .put, "/api/v1/carts/\(id)/lines/\(shop.products[line.ware] ?? "")",
                json: ["quantity": .integer(line.quantity)])
            put.address = session.address
            put.fields = [("Cart-Token", token)]
            // The product may not have arrived yet.
            put.passing = [404]
            _ = try await client.send(put)
        }
        var merge = try DemoClient.Request(
            .post, "/api/v1/cart/merge", json: ["cart_id": .string(id), "token": .string(token)],
            by: session)
        merge.key = key("merge")
        let merged = try await client.send(merge)
        guard try merged.money("total").minorUnits == errand.total else {
            throw DemoFailure(
                call: "merging a cart", status: merged.status,
                reason: "it costs \(try merged.money("total")), not \(errand.total) cents")
        }
        var click = DemoClient.Request(.get, "/go/\(shop.offerID)", by: session)
        click.passing = [404]
        return try DemoSales.clickID(in: await client.send(click))
    }

    // MARK: Checkout

    /// Buys what is in the cart; in the course `repeated` three times at once, with two keys.
    func checkOut(click: String) async throws -> Purchase {
        guard errand.course == .repeated else {
            return try await end(of: send(click, key("checkout")).text("id"))
        }
        async let first = send(click, key("checkout"))
        async let again = send(click, key("checkout"))
        async let other = send(click, key("checkout-other"))
        let answers = try await [first, again, other]
        let taken = Set(answers.filter { $0.status < 300 }.compactMap { $0.body["id"]?.string })
        guard !taken.isEmpty else {
            throw DemoFailure(
                call: "POST /api/v1/checkouts", status: answers[0].status,
                reason: "none of three was taken")
        }
        var ends: [Purchase] = []
        for id in taken.sorted() { ends.append(try await end(of: id)) }
        let bought = ends.filter { $0.orderID != nil }
        return bought.count == 1 ? bought[0] : ends[0]
    }

    private func send(_ click: String, _ key: String) async throws -> DemoAnswer {
        var request = try DemoClient.Request(
            .post, "/api/v1/checkouts",
            json: [
                "expected_total": ["amount_minor": .integer(errand.total), "currency": "USD"],
                "click_id": .string(click),
            ], by: session)
        request.key = key
        request.fields = [("Prefer", "wait=10")]
        // Whoever comes second finds an empty cart, or one that is being paid for.
        if errand.course == .repeated { request.accepted = [409, 422] }
        return try await client.send(request)
    }

    /// Waits until a checkout has come to an end.
    private func end(of id: String) async throws -> Purchase {
        let box = Box<Purchase>()
        try await wait("a checkout to end") {
            let body = try await client.send(
                DemoClient.Request(.get, "/api/v1/checkouts/\(id)", by: session)
            ).body
            let state = body["state"]?.string
            guard state == "completed" || state == "failed" else { return false }
            box.value = Purchase(
                checkoutID: id, orderID: state == "completed" ? body["order_id"]?.string : nil,
                reason: body["reason"]?.string)
            return true
        }
        return box.value ?? Purchase(checkoutID: id, orderID: nil, reason: nil)
    }

    private final class Box<Value: Sendable>: @unchecked Sendable {
        // Safety of `@unchecked`: written and read by one task.
        var value: Value?
    }

    // MARK: Afterwards

    /// Cancels the order, as its owner may until it is delivered.
    func cancel(_ order: String) async throws {
        var request = try DemoClient.Request(
            .post, "/api/v1/orders/\(order)/cancel", json: ["reason": "changed_mind"], by: session)
        request.key = key("cancel")
        _ = try await client.send(request)
    }

    /// Has the order delivered by the administrator.
    func fulfil(_ order: String) async throws {
        var request = DemoClient.Request(.post, "/api/v1/orders/\(order)/fulfil")
        request.session = shop.admin
        request.key = key("fulfil")
        _ = try await client.send(request)
    }

    /// Has a part of it refunded by the administrator: a piece, or an amount.
    func refund(_ order: String, pieces: Int64?, amount: Int64?) async throws {
        var line: JSONObject = ["product_id": .string(shop.products[.disc] ?? "")]
        line["quantity"] = pieces.map { .integer($0) }
        line["amount"] = amount.map { ["amount_minor": .integer($0), "currency": "USD"] }
        var request = try DemoClient.Request(
            .post, "/api/v1/orders/\(order)/refunds",
            json: ["lines": [.object(line)], "reason": "item returned"])
        request.session = shop.admin
        request.key = key("refund")
        _ = try await client.send(request)
    }

    /// What the customer's purchases here have earned.
    func conversions() async throws -> [JSONValue] {
        try await client.items(
            DemoClient.Request(.get, "/api/v1/cashback/conversions?limit=100", by: session)
        )
        .filter { $0["network"]?.string == DemoShop.network }
    }

    /// Waits until cashback of the purchase stands in the state, with so much taken back.
    func waitForCashback(_ fits: @escaping @Sendable (JSONValue) -> Bool) async throws {
        try await wait("cashback of an order") { try await conversions().contains(where: fits) }
    }

    func orders() async throws -> [JSONValue] {
        try await client.items(DemoClient.Request(.get, "/api/v1/orders?limit=100", by: session))
    }

    private func wait(_ what: String, until isDone: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try await !isDone() {
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(
                    call: "waiting for \(what)", status: nil,
                    reason: "nothing within \(Self.patience)")
            }
            try await client.loop.sleep(for: Self.interval)
        }
    }
}
