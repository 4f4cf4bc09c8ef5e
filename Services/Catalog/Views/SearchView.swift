internal import EventTypes
internal import ServiceKit

/// One page of what was found, and how all of it is distributed.
struct SearchView: Codable, Sendable, PagedOutput {
    /// How many hits a merchant or a category has.
    struct Count<Entity>: Codable, Sendable {
        let id: Identifier<Entity>
        let name: String
        let count: Int
    }

    /// How many hits a range of prices has.
    struct PriceCount: Codable, Sendable {
        let from: Money
        /// The first price above the range; nil where it has no end.
        let below: Money?
        let count: Int
    }

    /// Each facet is counted as if it were not filtered by itself.
    struct SearchFacets: Codable, Sendable {
        var merchants: [Count<MerchantTag>] = []
        var categories: [Count<CategoryTag>] = []
        var prices: [PriceCount] = []
    }

    var items: [ProductView]
    var total: Int
    /// The words that were searched for in place of ones that nothing is known by.
    var corrections: [String: [String]]
    var facets: SearchFacets
    var next: String?
}

/// How a title goes on.
struct SuggestionsView: Codable, Sendable {
    /// One title.
    struct SuggestedTitle: Codable, Sendable {
        let title: String
    }

    let items: [SuggestedTitle]
}
