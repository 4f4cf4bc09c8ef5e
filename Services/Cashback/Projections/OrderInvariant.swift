internal import EventStore
internal import EventTypes

/// Orders against the sales that came of them.
enum OrderInvariant {
    private static let batch = 1_000

    /// Reads the log once, and the streams of every paid order.
    static let check = Invariant(
        name: "every order of ours earns what is left of it, shop by shop"
    ) { context in
        var violations: [String] = []
        var examined = 0
        var position: Int64 = 0
        while violations.count < InvariantResult.violationLimit {
            let events = try await context.store.readAll(after: position, limit: batch)
            guard let last = events.last else { break }
            position = last.position
            for event in events {
                guard let paid = try event.payload(OrderPaymentNoted.self) else { continue }
                let purchase = try await context.store.load(Purchase.self, paid.orderID).state
                for rewarded in purchase.rewarded {
                    examined += 1
                    let sale = try await context.store.load(Conversion.self, rewarded.sale).state
                    if let fault = try fault(sale, rewarded, purchase) {
                        let action = OwnOrders.action(paid.orderID, rewarded.share.merchantID)
                        violations.append("\(fault) of \(action)")
                    }
                }
            }
        }
        return violations.isEmpty
            ? .holds(examined: examined)
            : .violated(Array(violations.prefix(InvariantResult.violationLimit)))
    }

    private static func fault(
        _ sale: Conversion.State, _ rewarded: Purchase.Rewarded, _ purchase: Purchase.State
    ) throws -> String? {
        guard let tracked = sale.tracked else { return "there is no sale" }
        guard tracked.click.clickID == rewarded.click, tracked.sale == rewarded.share.sale else {
            return "the sale is another than that"
        }
        let standing = purchase.standing(of: rewarded.share)
        let kept = try tracked.cashback(for: standing.sale)
        let earned: Money? =
            switch sale.phase {
            case .none, .tracked: nil
            case .pending, .credited: sale.cashback
            case .approved: sale.deferred?.keeps ?? sale.cashback
            case .declined, .clawedBack: .zero(kept.currency)
            }
        return earned == kept ? nil : "\(kept) are to be kept, not \(earned ?? .zero(.usd)),"
    }
}
