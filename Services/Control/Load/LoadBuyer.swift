internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Somebody who buys the same thing again and again.
struct LoadBuyer: Sendable {
    /// What one checkout came to.
    struct Outcome: Sendable {
        /// From when it should have begun.
        let took: Duration
        /// Nil when there is no order.
        let order: String?
        /// Why there is none.
        let reason: String?
    }

    static let interval: Duration = .milliseconds(20)
    /// How long one checkout may take.
    static let patience: Duration = .seconds(60)

    let index: Int
    let session: DemoSession
    let shop: DemoShop

    private var client: DemoClient { shop.client }

    /// What every cart holds.
    static let ware = DemoWare.disc

    /// Fills the cart and pays.
    ///
    /// - Parameter due: when it should begin; it is not waited for.
    func buy(_ number: Int, due: ContinuousClock.Instant) async throws -> Outcome {
        do {
            var put = DemoClient.Request(
                .put, "/api/v1/cart/lines/\(shop.products[Self.ware] ?? "")", by: session)
            put.body = try JSON.encode(["quantity": 1] as JSONValue)
            _ = try await client.send(put)
            var checkout = DemoClient.Request(.post, "/api/v1/checkouts", by: session)
            checkout.body = try JSON.encode(
                [
                    "expected_total": [
                        "amount_minor": .integer(Self.ware.price), "currency": "USD",
                    ]
                ] as JSONValue)
            checkout.key = "\(shop.run)-load-\(number)"
            checkout.fields = [("Prefer", "wait=10")]
            var body = try await client.send(checkout).body
            let id = body["id"]?.string ?? ""
            let deadline = ContinuousClock.now + Self.patience
            while !["completed", "failed"].contains(body["state"]?.string) {
                guard ContinuousClock.now < deadline else {
                    return Outcome(took: Self.since(due), order: nil, reason: "no end")
                }
                try await client.loop.sleep(for: Self.interval)
                body = try await client.send(
                    DemoClient.Request(.get, "/api/v1/checkouts/\(id)", by: session)
                ).body
            }
            let isCompleted = body["state"]?.string == "completed"
            return Outcome(
                took: Self.since(due), order: isCompleted ? body["order_id"]?.string : nil,
                reason: isCompleted ? nil : body["reason"]?.string ?? "no reason")
        } catch let failure as DemoFailure {
            return Outcome(took: Self.since(due), order: nil, reason: failure.description)
        }
    }

    /// How many orders the platform has of this buyer, in which states.
    func orders() async throws -> [String] {
        try await client.items(DemoClient.Request(.get, "/api/v1/orders?limit=100", by: session))
            .compactMap {
                guard let id = $0["id"]?.string, $0["state"]?.string == "paid",
                    $0["total"]?.money?.minorUnits == Self.ware.price
                else { return nil }
                return id
            }
    }

    /// Sales of this buyer that have earned, or will.
    func conversions() async throws -> Int {
        try await client.items(
            DemoClient.Request(.get, "/api/v1/cashback/conversions?limit=100", by: session)
        ).count {
            $0["state"]?.string == "pending"
        }
    }

    private static func since(_ due: ContinuousClock.Instant) -> Duration {
        due.duration(to: .now)
    }
}
