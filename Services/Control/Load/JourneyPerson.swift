internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Somebody on the journey: buys, gives back, earns, pays in and withdraws.
struct JourneyPerson: Sendable {
    /// How long a checkout may take before it is left to itself.
    static let patience: Duration = .seconds(120)
    static let interval: Duration = .milliseconds(200)
    static let ware = DemoWare.disc

    let index: Int
    let id: String
    let session: DemoSession
    let stage: DemoStage
    let promises: PromiseFile

    private var client: DemoClient { stage.client }

    /// Does the thing with this number; which, is a function of the person and the number alone.
    func act(_ number: Int) async throws {
        let dice = Self.dice(index, number)
        let name = "\(index)-\(number)"
        switch dice % 10 {
        case 0...5: try await purchase(name, dice / 10)
        case 6, 7: try await sale(name, dice / 10)
        case 8: try await withdraw(100 + Int64(dice / 10 % 400), name)
        default: try await deposit(20_000 + Int64(dice / 10 % 10_000), key: name, waits: false)
        }
    }

    /// Numbers that look like chance (SplitMix64, Steele, Lea and Flood 2014).
    static func dice(_ person: Int, _ number: Int) -> UInt64 {
        var value = UInt64(person &* 1_000_003 &+ number) &* 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    func note(_ failure: DemoFailure) { Terminal.write("\(failure)\n", to: 2) }

    // MARK: Money

    func deposit(_ cents: Int64, key: String, waits: Bool) async throws {
        try promises.asked("wallet.deposit_settled", by: id)
        var request = try DemoClient.Request(
            .post, "/api/v1/wallet/deposits", json: ["amount": Self.amount(cents)], by: session)
        request.key = "\(stage.run)-deposit-\(index)-\(key)"
        let deposit = try await client.send(request).text("id")
        try promises.answered(
            "wallet.deposit_settled", by: id, subject: deposit, amountMinor: cents)
        if waits {
            try await wait("a deposit") {
                try await client.send(
                    DemoClient.Request(.get, "/api/v1/wallet/deposits/\(deposit)", by: session)
                )
                .text("state") == "settled"
            }
        }
    }

    private func withdraw(_ cents: Int64, _ name: String) async throws {
        try promises.asked("wallet.withdrawal_requested", by: id)
        var request = try DemoClient.Request(
            .post, "/api/v1/wallet/withdrawals",
            json: [
                "amount": Self.amount(cents),
                "destination": ["kind": "sandbox", "value": .string("\(stage.run)-\(index)")],
            ], by: session)
        request.key = "\(stage.run)-withdrawal-\(name)"
        let withdrawal = try await client.send(request).text("id")
        try promises.answered(
            "wallet.withdrawal_requested", by: id, subject: withdrawal, amountMinor: cents)
        try promises.asked("wallet.withdrawal_approved", by: id)
        var approval = DemoClient.Request(
            .post, "/api/v1/wallet/review/withdrawals/\(withdrawal)/approve")
        approval.session = stage.finance
        approval.key = "\(stage.run)-approval-\(name)"
        // The review may not show it yet.
        approval.passing = [404]
        _ = try await client.send(approval)
        try promises.answered("wallet.withdrawal_approved", by: id, subject: withdrawal)
    }

    // MARK: Sales elsewhere

    private func sale(_ name: String, _ dice: UInt64) async throws {
        let sales = DemoSales(stage: stage)
        let click = try await sales.click(session)
        let amount = try Money(minorUnits: 500 + Int64(dice % 20_000), .usd)
        let sale = DemoPlan.Sale(
            purchase: Purchase(
                line: 1, customer: index, soldAt: SystemClock().now(), amount: amount),
            index: index, actionID: "\(stage.run)-\(name)",
            manner: dice % 5 == 0 ? .swapped : .usual, isRepeated: dice % 7 == 0,
            cashback: .zero(.usd))
        try promises.asked("cashback.conversion_tracked", by: id)
        let clicked = DemoSales.Clicked(sale: sale, clickID: click)
        try await sales.reportFirst(clicked)
        try promises.answered(
            "cashback.conversion_tracked", by: id, subject: sale.actionID,
            amountMinor: amount.minorUnits)
        try await sales.reportSecond(clicked)
    }

    // MARK: Purchases here

    private func purchase(_ name: String, _ dice: UInt64) async throws {
        let quantity = Int64(1 + dice % 3)
        let total = quantity * Self.ware.price
        var click = DemoClient.Request(.get, "/go/\(stage.shop.offerID)", by: session)
        click.passing = [404]
        let clickID = try DemoSales.clickID(in: await client.send(click))
        _ = try await client.send(
            try DemoClient.Request(
                .put, "/api/v1/cart/lines/\(stage.shop.products[Self.ware] ?? "")",
                json: ["quantity": .integer(quantity)], by: session))
        try promises.asked("order.paid", by: id)
        // A purchase here is a sale as well.
        try promises.asked("cashback.conversion_tracked", by: id)
        var checkout = try DemoClient.Request(
            .post, "/api/v1/checkouts",
            json: ["expected_total": Self.amount(total), "click_id": .string(clickID)], by: session)
        checkout.key = "\(stage.run)-checkout-\(name)"
        checkout.fields = [("Prefer", "wait=5")]
        let checkoutID = try await client.send(checkout).text("id")
        guard let order = try await order(of: checkoutID) else { return }
        try promises.answered("order.paid", by: id, subject: order, amountMinor: total)
        try await follow(order, name, dice / 3)
    }

    /// Waits for the end of a checkout.
    ///
    /// - Returns: the order; nil where there is none.
    private func order(of checkout: String) async throws -> String? {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let body = try await client.send(
                DemoClient.Request(.get, "/api/v1/checkouts/\(checkout)", by: session)
            ).body
            switch body["state"]?.string {
            case "completed": return body["order_id"]?.string
            case "failed": return nil
            default: break
            }
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(
                    call: "a checkout", status: nil, reason: "no end within \(Self.patience)")
            }
            try await client.loop.sleep(for: Self.interval)
        }
    }

    /// What becomes of an order.
    private func follow(_ order: String, _ name: String, _ dice: UInt64) async throws {
        switch dice % 10 {
        case 0...3: try await end(order, "fulfil", "order.fulfilled", name, as: stage.admin)
        case 4, 5: try await end(order, "cancel", "order.cancelled", name, as: session)
        case 6, 7:
            try await refund(order, 333, name)
            try await end(order, "fulfil", "order.fulfilled", name, as: stage.admin)
        default: break
        }
    }

    private func end(
        _ order: String, _ action: String, _ type: String, _ name: String, as who: DemoSession
    ) async throws {
        try promises.asked(type, by: id)
        var request = DemoClient.Request(.post, "/api/v1/orders/\(order)/\(action)")
        if action == "cancel" {
            // Everything goes back.
            try promises.asked("order.refunded", by: id)
            request = try DemoClient.Request(
                .post, "/api/v1/orders/\(order)/cancel", json: ["reason": "changed_mind"],
                by: session)
        }
        request.session = who
        request.key = "\(stage.run)-\(action)-\(name)"
        _ = try await client.send(request)
        try promises.answered(type, by: id, subject: order)
    }

    private func refund(_ order: String, _ cents: Int64, _ name: String) async throws {
        try promises.asked("order.refunded", by: id)
        var request = try DemoClient.Request(
            .post, "/api/v1/orders/\(order)/refunds",
            json: [
                "lines": [
                    [
                        "product_id": .string(stage.shop.products[Self.ware] ?? ""),
                        "amount": Self.amount(cents),
                    ]
                ], "reason": "item returned",
            ], by: session)
        request.session = stage.admin
        request.key = "\(stage.run)-refund-\(name)"
        let refund = try await client.send(request).text("id")
        try promises.answered("order.refunded", by: id, subject: refund, amountMinor: cents)
    }

    // MARK: Requests

    private static func amount(_ cents: Int64) -> JSONValue {
        ["amount_minor": .integer(cents), "currency": "USD"]
    }

    private func wait(_ what: String, until isDone: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try await !isDone() {
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(
                    call: what, status: nil, reason: "nothing within \(Self.patience)")
            }
            try await client.loop.sleep(for: Self.interval)
        }
    }
}
