internal import EventTypes

extension Journey {
    /// An order of the platform's own checkout.
    struct Order: Sendable, Equatable {
        let userID: UserID
        let total: Money
        var placedAt: Timestamp?
        var paidAt: Timestamp?
        var cancelledAt: Timestamp?
        /// What went back to the buyer; all of it once a paid order is cancelled.
        var refunded: Money

        /// When it is counted.
        var startedAt: Timestamp { placedAt ?? paidAt ?? Timestamp(seconds: 0) }
    }

    /// What one shop sold in an order that was paid.
    struct OrderPart: Hashable, Sendable {
        let orderID: OrderID
        let merchantID: MerchantID
    }

    /// A sale as reports count it.
    struct Sold: Sendable, Equatable {
        let merchantID: MerchantID
        let userID: UserID?
        let soldAt: Timestamp
        /// Before refunds, where no network amended it.
        let gross: Money
        let stage: Sale.Stage
        let cashback: Money
        let clawedBack: Money
    }

    /// The network under which the platform's own orders earn cashback.
    static let ownNetwork = "souk"

    /// The order that a conversion is the sale of: its action is `<order>/<shop>`.
    static func ownOrder(of fact: CashbackConversionTracked) -> OrderID? {
        guard fact.network == ownNetwork else { return nil }
        let parts = fact.actionID.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, MerchantID(String(parts[1])) == fact.merchantID else { return nil }
        return OrderID(String(parts[0]))
    }

    /// Every sale once, whether a network reported it or it is an order of our own.
    ///
    /// What a shop sold in an order becomes a conversion where an offer covers it: then the
    /// conversion is the sale, because it knows the cashback. Where there is none, the part of the
    /// order itself is the sale; it earns nothing, and counts as declined once it is cancelled.
    var sold: [Sold] {
        var conversions: Set<OrderPart> = []
        var sold: [Sold] = []
        for sale in sales.values {
            if let id = sale.orderID {
                conversions.insert(OrderPart(orderID: id, merchantID: sale.merchantID))
            }
            sold.append(
                Sold(
                    merchantID: sale.merchantID, userID: sale.userID, soldAt: sale.soldAt,
                    gross: sale.sale, stage: sale.stage, cashback: sale.cashback,
                    clawedBack: sale.clawedBack))
        }
        for (part, gross) in parts where !conversions.contains(part) {
            guard let order = orders[part.orderID], let paidAt = order.paidAt else { continue }
            sold.append(
                Sold(
                    merchantID: part.merchantID, userID: order.userID, soldAt: paidAt,
                    gross: gross, stage: order.cancelledAt == nil ? .tracked : .declined,
                    cashback: .zero(gross.currency), clawedBack: .zero(gross.currency)))
        }
        return sold
    }

    mutating func applyOrder(_ event: any PublishedEvent) -> Bool {
        switch event {
        case let fact as OrderPlaced:
            orders[fact.orderID] = Order(
                userID: fact.userID, total: fact.total, placedAt: fact.placedAt,
                refunded: .zero(fact.total.currency))
        case let fact as OrderPaid:
            var order =
                orders[fact.orderID]
                ?? Order(
                    userID: fact.userID, total: fact.total, refunded: .zero(fact.total.currency))
            order.paidAt = fact.paidAt
            orders[fact.orderID] = order
            for (merchantID, gross) in Self.sums(of: fact.lines) {
                parts[OrderPart(orderID: fact.orderID, merchantID: merchantID)] = gross
            }
        case let fact as OrderRefunded:
            guard let order = orders[fact.orderID] else { return true }
            let known = order.refunded.minorUnits
            if fact.refundedTotal.currency == order.total.currency,
                fact.refundedTotal.minorUnits > known
            {
                orders[fact.orderID]?.refunded = fact.refundedTotal
            }
        case let fact as OrderCancelled:
            guard let order = orders[fact.orderID] else { return true }
            orders[fact.orderID]?.cancelledAt = fact.cancelledAt
            if order.paidAt != nil { orders[fact.orderID]?.refunded = order.total }
        default: return false
        }
        return true
    }

    /// What each shop sells in an order.
    static func sums(of lines: [OrderLine]) -> [MerchantID: Money] {
        var sums: [MerchantID: Money] = [:]
        for line in lines {
            let sum = sums[line.merchantID] ?? .zero(line.total.currency)
            sums[line.merchantID] = (try? sum.adding(line.total)) ?? sum
        }
        return sums
    }
}
