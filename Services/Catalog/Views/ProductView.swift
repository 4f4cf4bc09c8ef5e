internal import Database
internal import EventTypes

/// A product, as clients see it.
struct ProductView: Codable, Sendable {
    /// Whether it can be found and bought.
    enum State: String, Codable, CaseIterable, Sendable, SQLDecodable, SQLEncodable {
        case listed, delisted
    }

    let id: ProductID
    let merchantID: MerchantID
    let sku: String
    let title: String
    let description: String
    let categoryID: CategoryID?
    let price: Money
    let state: State
    /// Pieces on hand, reserved ones included.
    let stock: Int
    /// Pieces that can still be promised.
    let available: Int
    let version: Int64

    enum CodingKeys: String, CodingKey {
        case id, sku, title, description, price, state, stock, available, version
        case merchantID = "merchant_id"
        case categoryID = "category_id"
    }

    /// - Returns: nil for a product that was never listed.
    init?(_ state: Product.State, version: Int64) {
        guard let listing = state.listing else { return nil }
        id = listing.productID
        merchantID = listing.merchantID
        sku = listing.sku
        title = listing.title
        description = listing.description
        categoryID = listing.categoryID
        price = listing.price
        self.state = state.phase == .delisted ? .delisted : .listed
        stock = state.onHand
        available = state.free
        self.version = version
    }

    static let columns: SQL = """
        id, merchant_id, sku, title, description, category_id, price_minor, currency, state, \
        on_hand, reserved, version
        """

    init(_ row: Row) throws {
        id = try row.get("id")
        merchantID = try row.get("merchant_id")
        sku = try row.get("sku")
        title = try row.get("title")
        description = try row.get("description")
        categoryID = try row.get("category_id")
        price = try Money(
            minorUnits: row.get("price_minor"), row.get("currency", as: Currency.self))
        state = try row.get("state")
        stock = try row.get("on_hand")
        available = stock - (try row.get("reserved", as: Int.self))
        version = try row.get("version")
    }
}
