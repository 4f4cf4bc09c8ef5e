internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What somebody searches for.
struct SearchRequest: Sendable {
    /// The most words that are looked for.
    static let mostWords = 8
    /// The longest text that is searched for, in characters.
    static let longestText = 200
    /// How far hits can be leafed through.
    static let mostHits = 1_000

    var words: [String] = []
    /// Whether something was asked for that holds no word, such as `!?`.
    var isWordless = false
    var categoryID: CategoryID?
    var merchantID: MerchantID?
    var currency: Currency?
    var minPrice: Int64?
    var maxPrice: Int64?

    static let parameters: [Parameter] = [
        .query("q", String.self, "Words; each matches what begins with it, slips are forgiven."),
        .query("category", CategoryID.self, "Only products of this category or of one under it."),
        .query("merchant", MerchantID.self, "Only products of this merchant."),
        .query("currency", String.self, "Only prices in this currency."),
        .query(
            "min_price", Int64.self, "The lowest price in minor units of `currency`."),
        .query(
            "max_price", Int64.self, "The highest price in minor units of `currency`."),
    ]

    /// - Throws: `Problem` 422 that names the part of the query at fault.
    init(_ call: Call<NoBody>) throws {
        let text = try call.query("q", as: String.self) ?? ""
        words = try Self.words(of: text)
        isWordless = words.isEmpty && !text.allSatisfy(\.isWhitespace)
        categoryID = try call.query("category")
        merchantID = try call.query("merchant")
        if let code = try call.query("currency", as: String.self) {
            guard let known = Currency(code) else {
                throw Problem.queryFault("currency", "is not a currency code of ISO 4217")
            }
            currency = known
        }
        minPrice = try call.query("min_price")
        maxPrice = try call.query("max_price")
        for (name, price) in [("min_price", minPrice), ("max_price", maxPrice)] {
            guard let price else { continue }
            guard currency != nil else {
                throw Problem.queryFault(name, "needs the parameter `currency`")
            }
            guard (0...Money.limit).contains(price) else {
                throw Problem.queryFault(name, "must be within 0 and \(Money.limit)")
            }
        }
        if let minPrice, let maxPrice, minPrice > maxPrice {
            throw Problem.queryFault("max_price", "must not be less than `min_price`")
        }
    }

    /// The different words of a text.
    ///
    /// - Throws: `Problem` 422 when the text is too long.
    static func words(of text: String) throws -> [String] {
        guard text.utf8.count <= longestText * 4, text.count <= longestText else {
            throw Problem.queryFault("q", "must have at most \(longestText) characters")
        }
        var seen: Set<String> = []
        return SearchWords.words(of: text, most: mostWords).filter { seen.insert($0).inserted }
    }
}
