internal import EventTypes
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [
        ListingsProjection.title, VocabularyProjection.title, MerchantsProjection.title,
        CategoriesProjection.title,
    ]

    var searches: RouteTable {
        var routes = RouteTable(tag: "search")
        routes.get(
            "/api/v1/search", "Search products", id: "searchProducts", access: .open,
            parameters: SearchRequest.parameters, waitsFor: Self.projection,
            description: """
                Best hits first. Every word must match, as the beginning of a word; a word that \
                nothing is known by is searched for as the likely ones, named in `corrections`.
                """
        ) { call -> Reply<SearchView> in
            .ok(try await search.find(SearchRequest(call), call.page))
        }
        routes.get(
            "/api/v1/search/suggestions", "Complete what is typed", id: "suggest", access: .open,
            parameters: [.query("q", String.self, "What was typed so far.", required: true)],
            waitsFor: Self.projection
        ) { call -> Reply<SuggestionsView> in
            .ok(try await search.suggestions(call.requiredQuery("q")))
        }
        return routes
    }
}
