internal import EventTypes

/// The platform's own checkout as a network: what it reports are paid orders.
enum OwnOrders {
    /// No other network may have this name.
    static let network = "souk"

    /// The name of what an order has of one shop.
    static func action(_ order: OrderID, _ merchant: MerchantID) -> String {
        "\(order)/\(merchant)"
    }

    /// The order that a sale is a part of.
    static func order(ofAction action: String) -> OrderID? {
        OrderID(String(action.prefix { $0 != "/" }))
    }

    /// What remains of `cashback` when `remaining` is left of a sale of `original`: in proportion
    /// and rounded down, so that it depends on what is left and not on how many refunds led there.
    static func kept(
        of cashback: Money, original: Money, remaining: Money
    ) throws(CashbackError) -> Money {
        guard !remaining.isNegative else { throw .amountNegative }
        let zero = Money.zero(cashback.currency)
        guard original.isPositive, remaining.isPositive else { return zero }
        if remaining.minorUnits >= original.minorUnits { return cashback }
        let product = cashback.minorUnits.magnitude.multipliedFullWidth(
            by: remaining.minorUnits.magnitude)
        let quotient = original.minorUnits.magnitude.dividingFullWidth(product).quotient
        guard let kept = try? Money(minorUnits: Int64(quotient), cashback.currency) else {
            throw .amountOutOfRange
        }
        return kept
    }
}

extension ConversionTracked {
    /// What the sale earns at this amount, under the terms of its click.
    ///
    /// A network's amended sale is a new sale. Of our own orders we know what was bought first:
    /// what is refunded takes its share of the cashback with it, fixed and capped rewards too.
    func cashback(for amount: Money) throws(CashbackError) -> Money {
        guard network == OwnOrders.network else { return try click.terms.cashback(for: amount) }
        return try OwnOrders.kept(
            of: click.terms.cashback(for: sale), original: sale, remaining: amount)
    }
}
