internal import EventTypes

/// A product as the catalogue shows it.
struct Offered: Sendable, Equatable {
    let productID: ProductID
    let merchantID: MerchantID
    let title: String
    let price: Money
    let isListed: Bool
    /// Pieces that can still be promised.
    let available: Int64
}

/// Whether what is asked for is sold at the price that its buyer expects. Whether enough is there,
/// setting it aside tells: what the catalogue shows leaves out the pieces of an earlier attempt.
enum CheckoutPricing {
    enum Result: Sendable, Equatable {
        case agreed([OrderLine], Money)
        case refused(reason: String)
    }

    static func check(
        _ items: [CheckoutItem], expecting expected: Money, _ products: [ProductID: Offered]
    ) -> Result {
        var lines: [OrderLine] = []
        var total = Money.zero(expected.currency)
        for item in items {
            guard let product = products[item.productID], product.isListed else {
                return .refused(reason: "product_unavailable")
            }
            guard product.price.currency == expected.currency else {
                return .refused(reason: "price_changed")
            }
            guard let sum = try? product.price.times(item.quantity),
                let next = try? total.adding(sum)
            else { return .refused(reason: "price_changed") }
            total = next
            lines.append(
                OrderLine(
                    productID: product.productID, merchantID: product.merchantID,
                    title: product.title, quantity: item.quantity, unitPrice: product.price,
                    total: sum))
        }
        return total == expected ? .agreed(lines, total) : .refused(reason: "price_changed")
    }
}
