internal import EventTypes

/// A cart as its owner sees it, at present prices.
struct CartView: Codable, Sendable {
    enum State: String, Codable, CaseIterable, Sendable { case open, closed }

    struct Line: Codable, Sendable {
        let productID: ProductID
        let merchantID: MerchantID
        let title: String
        let quantity: Int64
        let unitPrice: Money
        let total: Money

        enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case merchantID = "merchant_id"
            case title, quantity
            case unitPrice = "unit_price"
            case total
        }
    }

    /// Something that a buyer should know before going on.
    struct Remark: Codable, Sendable {
        enum Code: String, Codable, CaseIterable, Sendable {
            /// The price is another than when it was put into the cart.
            case priceChanged = "price_changed"
            case outOfStock = "out_of_stock"
            case productUnavailable = "product_unavailable"
            /// The catalogue did not answer: prices are those of when things were put in.
            case notChecked = "not_checked"
            /// A guest's cart had more of it than there is room for.
            case leftOut = "left_out"
        }

        let code: Code
        let productID: ProductID?
        let detail: String

        enum CodingKeys: String, CodingKey {
            case code
            case productID = "product_id"
            case detail
        }
    }

    let id: CartID
    let version: Int64
    let state: State
    let lines: [Line]
    /// Absent while it is empty.
    let total: Money?
    let problems: [Remark]

    /// - Parameters:
    ///   - offered: what the catalogue says now; nil where it did not answer.
    ///   - merged: the guest's cart that was just added, to say what was left out.
    init(_ cart: Carts.Found, _ offered: [ProductID: Offered]?, merged: CartID? = nil) {
        id = cart.id
        version = cart.version
        state = cart.state.phase == .closed ? .closed : .open
        var remarks: [Remark] = []
        lines = cart.state.lines.compactMap { line in
            let product = offered?[line.productID]
            if offered != nil { remarks += Self.remarks(on: line, product) }
            let price = product?.price ?? line.unitPrice
            guard let total = try? price.times(line.quantity) else { return nil }
            return Line(
                productID: line.productID, merchantID: line.merchantID,
                title: product?.title ?? line.title, quantity: line.quantity, unitPrice: price,
                total: total)
        }
        if offered == nil, !cart.state.lines.isEmpty {
            remarks.append(
                Remark(code: .notChecked, productID: nil, detail: "Prices may have changed."))
        }
        for line in merged.flatMap({ cart.state.merged[$0] }) ?? [] {
            remarks.append(
                Remark(
                    code: .leftOut, productID: line.productID,
                    detail: "\(line.quantity) of \(line.title) were left out."))
        }
        total = Self.sum(lines)
        problems = remarks
    }

    private static func sum(_ lines: [Line]) -> Money? {
        guard let first = lines.first else { return nil }
        return try? lines.dropFirst().reduce(first.total) { sum, line in
            try sum.adding(line.total)
        }
    }

    private static func remarks(on line: CartLine, _ product: Offered?) -> [Remark] {
        guard let product, product.isListed else {
            return [
                Remark(
                    code: .productUnavailable, productID: line.productID,
                    detail: "\(line.title) is not offered any more.")
            ]
        }
        var remarks: [Remark] = []
        if product.price != line.unitPrice {
            remarks.append(
                Remark(
                    code: .priceChanged, productID: line.productID,
                    detail: "It was \(line.unitPrice) and is \(product.price)."))
        }
        if product.available < line.quantity {
            remarks.append(
                Remark(
                    code: .outOfStock, productID: line.productID,
                    detail: "\(max(0, product.available)) are left."))
        }
        return remarks
    }
}

/// A guest's new cart; the token is shown this once.
struct OpenedCartView: Codable, Sendable {
    let id: CartID
    let token: String
    let version: Int64
    let state: CartView.State
    let lines: [CartView.Line]
    let problems: [CartView.Remark]
}
