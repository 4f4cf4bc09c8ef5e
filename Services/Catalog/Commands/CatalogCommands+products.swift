internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// A product to list.
struct ListProduct: Codable, Sendable {
    let merchantID: MerchantID
    /// The shop's own number; the product's identifier where there is none.
    var sku: String?
    let title: String
    var description: String?
    var categoryID: CategoryID?
    let price: Money
    var stock: Int?

    enum CodingKeys: String, CodingKey {
        case sku, title, description, price, stock
        case merchantID = "merchant_id"
        case categoryID = "category_id"
    }

    func check() throws {
        var checks = FieldChecks()
        if let sku { checks.text(sku, "/sku", ProductLimits.sku) }
        checks.text(title, "/title", ProductLimits.title)
        if let description {
            checks.text(description, "/description", ProductLimits.description, lines: true)
        }
        checks.require(price.isPositive, "/price/amount_minor", "must be more than zero")
        if let stock {
            checks.require(
                ProductLimits.stock.contains(stock), "/stock", ProductLimits.stockFault)
        }
        try checks.finish()
    }
}

/// What a product is from now on.
struct ChangeProduct: Codable, Sendable {
    let title: String
    var description: String?
    var categoryID: CategoryID?
    let price: Money

    enum CodingKeys: String, CodingKey {
        case title, description, price
        case categoryID = "category_id"
    }

    func check() throws {
        var checks = FieldChecks()
        checks.text(title, "/title", ProductLimits.title)
        if let description {
            checks.text(description, "/description", ProductLimits.description, lines: true)
        }
        checks.require(price.isPositive, "/price/amount_minor", "must be more than zero")
        try checks.finish()
    }
}

/// What a product costs from now on.
struct ChangePrice: Codable, Sendable {
    let price: Money
}

/// How many pieces somebody counted.
struct SetStock: Codable, Sendable {
    let quantity: Int
}

/// Bounds that hold for forms and imports alike.
enum ProductLimits {
    static let sku = 1...64
    static let title = 1...200
    static let description = 0...10_000
    static let stock = 0...Product.mostPieces
    static let stockFault = "must be within 0 and \(Product.mostPieces)"
}

extension CatalogCommands {
    /// Scope of the claims by which a number is unique in its shop.
    static let skuScope = "product-sku"

    static func skuKey(_ merchant: MerchantID, _ sku: String) -> String { "\(merchant)/\(sku)" }

    func list(
        _ body: ListProduct, _ context: CommandContext
    ) async throws -> Committed<ProductView> {
        try body.check()
        let id = ids.next(ProductTag.self)
        return try await store.commit(context) { unit in
            try await Self.requireMerchant(body.merchantID, "/merchant_id", in: unit)
            try await Self.requireCategory(body.categoryID, "/category_id", in: unit)
            try await Self.list(id, body, unit)
            return try await Self.view(id, unit)
        }
    }

    /// Lists a product that was checked, its stock and its number in the shop with it.
    static func list(_ id: ProductID, _ body: ListProduct, _ unit: UnitOfWork) async throws {
        let sku = body.sku ?? id.description
        try await unit.decide(
            Product.self, id,
            .list(
                ProductListed(
                    productID: id, merchantID: body.merchantID, sku: sku, title: body.title,
                    description: body.description ?? "", categoryID: body.categoryID,
                    price: body.price)))
        if let stock = body.stock { try await unit.decide(Product.self, id, .setStock(stock)) }
        unit.claim(skuScope, skuKey(body.merchantID, sku), by: Product.stream(id))
    }

    func change(
        _ id: ProductID, _ body: ChangeProduct, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<ProductView> {
        try body.check()
        return try await store.commit(context) { unit in
            unit.expect(Product.stream(id), ifMatch)
            try await Self.requireCategory(body.categoryID, "/category_id", in: unit)
            let details = Product.Details(
                title: body.title, description: body.description ?? "",
                categoryID: body.categoryID, price: body.price)
            try await unit.decide(Product.self, id, .change(details))
            return try await Self.view(id, unit)
        }
    }

    func change(
        _ id: ProductID, price: Money, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<ProductView> {
        try await store.commit(context) { unit in
            unit.expect(Product.stream(id), ifMatch)
            var details = try found(await unit.load(Product.self, id).listing).details
            details.price = price
            try await unit.decide(Product.self, id, .change(details))
            return try await Self.view(id, unit)
        }
    }

    func setStock(
        _ id: ProductID, _ quantity: Int, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<ProductView> {
        guard ProductLimits.stock.contains(quantity) else {
            throw Problem.bodyFault("/quantity", ProductLimits.stockFault)
        }
        return try await store.commit(context) { unit in
            unit.expect(Product.stream(id), ifMatch)
            try await unit.decide(Product.self, id, .setStock(quantity))
            return try await Self.view(id, unit)
        }
    }

    func delist(
        _ id: ProductID, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        try await store.commit(context) { unit in
            unit.expect(Product.stream(id), ifMatch)
            try await unit.decide(Product.self, id, .delist(reason: "removed"))
        }
    }

    private static func view(_ id: ProductID, _ unit: UnitOfWork) async throws -> ProductView {
        let state = try await unit.load(Product.self, id)
        return try found(ProductView(state, version: unit.version(of: Product.stream(id))))
    }
}
