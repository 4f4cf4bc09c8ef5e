internal import EventTypes
internal import JSON

/// The errands at the platform's own checkout, one after the other.
struct DemoErrands: Sendable {
    /// An errand with what its checkout came to.
    struct Done: Sendable {
        let shopper: DemoShopper
        let purchase: DemoShopper.Purchase
    }

    /// Requests under way at once. Whoever waits for money or news does nothing else.
    static let together = 16

    let shoppers: [DemoShopper]

    /// Money in, carts filled and taken over, and paid.
    func buy() async throws -> [Done] {
        _ = try await DemoPhase.run("deposits", shoppers, limit: Self.together) {
            try await $0.deposit()
        }
        let carts = try await DemoPhase.run("carts", shoppers, limit: Self.together) {
            (shopper: $0, click: try await $0.fillCart())
        }
        return try await DemoPhase.run("checkouts", carts, limit: Self.together) { cart in
            let purchase = try await cart.shopper.checkOut(click: cart.click)
            if purchase.orderID != nil {
                try await cart.shopper.waitForCashback { $0["state"]?.string == "pending" }
            }
            return Done(shopper: cart.shopper, purchase: purchase)
        }
    }

    /// What becomes of the orders: delivered, cancelled, refunded in part before.
    func deliver(_ purchases: [Done]) async throws {
        _ = try await DemoPhase.run("deliveries", purchases, limit: Self.together) { done in
            guard let order = done.purchase.orderID else { return }
            switch done.shopper.errand.course {
            case .cancelled: try await done.shopper.cancel(order)
            case .repeated:
                try await done.shopper.refund(
                    order, pieces: nil, amount: DemoErrand.earlyRefund)
                try await done.shopper.fulfil(order)
            default: try await done.shopper.fulfil(order)
            }
        }
    }

    /// Waits for what they earn.
    func waitForCredits(_ purchases: [Done]) async throws {
        let bought = purchases.filter { $0.purchase.orderID != nil }
        _ = try await DemoPhase.run("own credits", bought, limit: Self.together) { done in
            let wanted = done.shopper.errand.course == .cancelled ? "declined" : "credited"
            try await done.shopper.waitForCashback { $0["state"]?.string == wanted }
        }
    }

    /// Returns a piece of some orders, and waits until its cashback was taken back.
    func returnGoods(_ purchases: [Done]) async throws {
        let returned = purchases.filter { $0.shopper.errand.course == .returned }
        _ = try await DemoPhase.run("returns", returned, limit: Self.together) { done in
            guard let order = done.purchase.orderID else { return }
            try await done.shopper.refund(order, pieces: 1, amount: nil)
            let wanted = done.shopper.errand.clawedBack
            try await done.shopper.waitForCashback {
                $0["clawed_back"]?.money?.minorUnits == wanted
            }
        }
    }
}
