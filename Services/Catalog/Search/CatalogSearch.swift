internal import Database
internal import EventTypes
internal import ServiceKit

/// Finds products by words, and counts how the hits are distributed.
struct CatalogSearch: Sendable {
    /// How many merchants and categories are counted.
    static let facetLimit = 20
    static let suggestionLimit = 8

    let pool: DatabasePool

    func find(_ request: SearchRequest, _ page: PageRequest) async throws -> SearchView {
        let offset = try page.after(Int.self) ?? 0
        let words = try await known(request.words)
        var view = SearchView(
            items: [], total: 0, corrections: words.corrections, facets: .init(), next: nil)
        guard let query = words.query, !request.isWordless else { return view }
        let rows = try await pool.query(
            statement(request, query, limit: page.fetchLimit, offset: offset), isReadOnly: true)
        var hits: [ProductID] = []
        for row in rows { try add(row, &view, &hits) }
        let products = try await products(hits)
        let next = offset + page.limit
        let items = try page.page(
            hits, cursor: { _ in next }, item: { products[$0] })
        view.items = items.items.compactMap { $0 }
        view.next = next < SearchRequest.mostHits ? items.next : nil
        return view
    }

    /// Titles that hold a text's words, the last one as far as it was typed.
    func suggestions(_ text: String) async throws -> SuggestionsView {
        let words = try await known(SearchRequest.words(of: text))
        guard let query = words.query, !query.isEmpty else { return SuggestionsView(items: []) }
        let rows = try await pool.query(
            """
            select title, max(ts_rank(words, \(query)::tsquery)) as rank from product
            where state = \(ProductView.State.listed) and words @@ \(query)::tsquery
            group by title order by rank desc, title limit \(Self.suggestionLimit)
            """, isReadOnly: true)
        return SuggestionsView(items: try rows.map { .init(title: try $0.get("title")) })
    }

    private func products(_ ids: [ProductID]) async throws -> [ProductID: ProductView] {
        let rows = try await pool.query(
            "select \(ProductView.columns) from product where id = any(\(ids))",
            isReadOnly: true)
        return Dictionary(
            uniqueKeysWithValues: try rows.map(ProductView.init).map { ($0.id, $0) })
    }

    // MARK: Words

    private struct Words {
        /// A `tsquery`, empty where everything matches; nil where nothing can.
        var query: String?
        var corrections: [String: [String]] = [:]
    }

    /// How many words of the vocabulary are compared with one that is not in it.
    private static let candidateLimit = 40
    /// How many of them are searched for in its place.
    private static let correctionLimit = 8
    /// Sorts behind every other letter.
    private static let lastLetter = "\u{10FFFF}"

    /// Replaces words that begin nothing in the vocabulary by the likely ones that do.
    private func known(_ words: [String]) async throws -> Words {
        if words.isEmpty { return Words(query: "") }
        let ends = words.map { $0 + Self.lastLetter }
        let known = try await pool.query(
            """
            select asked.word from unnest(\(words), \(ends)) as asked (word, until)
            where exists (select from search_word
                where search_word.word >= asked.word and search_word.word < asked.until)
            """, isReadOnly: true)
        let isKnown = Set(try known.map { try $0.get("word", as: String.self) })
        let likely = try await likely(words.filter { !isKnown.contains($0) })
        var result = Words()
        var groups: [[SearchVector.Term]] = []
        for word in words {
            if isKnown.contains(word) {
                groups.append([.init(word: word, isPrefix: true)])
                continue
            }
            guard let meant = likely[word], !meant.isEmpty else { return result }
            result.corrections[word] = meant
            groups.append(meant.map { .init(word: $0, isPrefix: false) })
        }
        result.query = SearchVector.query(groups)
        return result
    }

    private func likely(_ words: [String]) async throws -> [String: [String]] {
        let words = words.filter { SearchWords.forgivenTypos(in: $0) > 0 }
        if words.isEmpty { return [:] }
        let rows = try await pool.query(
            """
            select asked.word, near.word as near from unnest(\(words)) as asked (word),
            lateral (select search_word.word from search_word
                order by search_word.word operator(public.<->) asked.word
                limit \(Self.candidateLimit)) as near
            """, isReadOnly: true)
        var likely: [String: [String]] = [:]
        for row in rows {
            let word: String = try row.get("word")
            let near: String = try row.get("near")
            if SearchWords.isLikely(near, for: word) { likely[word, default: []].append(near) }
        }
        for (word, meant) in likely {
            let sorted = meant.map { ($0, SearchWords.distance(from: word, toStartOf: $0)) }
                .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            likely[word] = sorted.prefix(Self.correctionLimit).map(\.0)
        }
        return likely
    }

    // MARK: Hits

    /// The hits of one page, their number, and the facets, as rows of one form. Each facet leaves
    /// out its own filter, so that the other choices are seen.
    private func statement(
        _ request: SearchRequest, _ query: String, limit: Int, offset: Int
    ) -> SQL {
        let matches: SQL = query.isEmpty ? "true" : "words @@ \(query)::tsquery"
        let rank: SQL = query.isEmpty ? "0::real" : "ts_rank(words, \(query)::tsquery)"
        return """
            with recursive branch as (
                select \(request.categoryID)::uuid as id
                union
                select category.id from category join branch on category.parent_id = branch.id
            ), hit as materialized (
                select id, merchant_id, category_id, currency, price_band, \(rank) as rank,
                    \(merchantFilter(request)) as of_merchant,
                    \(categoryFilter(request)) as of_category,
                    \(priceFilter(request)) as of_price
                from product where state = \(ProductView.State.listed) and \(matches)
            )
            (select 'hit' as kind, id, null::text as name, null::integer as band,
                0::bigint as count
            from hit where of_merchant and of_category and of_price
            order by rank desc, id desc limit \(limit) offset \(offset))
            union all
            select 'total', null, null, null, count(*)
            from hit where of_merchant and of_category and of_price
            union all
            (select 'merchant', merchant_id, merchant.name, null, count(*)
            from hit join merchant on merchant.id = merchant_id where of_category and of_price
            group by merchant_id, merchant.name
            order by count(*) desc, merchant_id limit \(Self.facetLimit))
            union all
            (select 'category', category_id, category.name, null, count(*)
            from hit join category on category.id = category_id where of_merchant and of_price
            group by category_id, category.name
            order by count(*) desc, category_id limit \(Self.facetLimit))
            union all
            (select 'price', null, currency, price_band, count(*)
            from hit where of_merchant and of_category and \(currencyFilter(request))
            group by currency, price_band order by currency, price_band limit 100)
            """
    }

    private func merchantFilter(_ request: SearchRequest) -> SQL {
        request.merchantID.map { "merchant_id = \($0)" } ?? "true"
    }

    private func categoryFilter(_ request: SearchRequest) -> SQL {
        request.categoryID == nil
            ? "true" : "coalesce(category_id in (select branch.id from branch), false)"
    }

    private func currencyFilter(_ request: SearchRequest) -> SQL {
        request.currency.map { "currency = \($0)" } ?? "true"
    }

    private func priceFilter(_ request: SearchRequest) -> SQL {
        var filter = currencyFilter(request)
        if let price = request.minPrice { filter += " and price_minor >= \(price)" }
        if let price = request.maxPrice { filter += " and price_minor <= \(price)" }
        return "(\(filter))"
    }

    private func add(_ row: Row, _ view: inout SearchView, _ hits: inout [ProductID]) throws {
        let count: Int = try row.get("count")
        switch try row.get("kind", as: String.self) {
        case "hit": hits.append(try row.get("id"))
        case "total": view.total = count
        case "merchant":
            view.facets.merchants.append(
                .init(id: try row.get("id"), name: try row.get("name"), count: count))
        case "category":
            view.facets.categories.append(
                .init(id: try row.get("id"), name: try row.get("name"), count: count))
        default:
            let currency: Currency = try row.get("name")
            if let band = PriceBand(number: try row.get("band"), currency) {
                view.facets.prices.append(
                    .init(from: band.from, below: band.below, count: count))
            }
        }
    }
}
