import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

@Suite struct SearchTests {
    /// Two shops, three categories, six products.
    private static func stock(_ shop: Shop) async throws -> [String: String] {
        var ids: [String: String] = [:]
        ids["cdnow"] = try await shop.merchant("CDNOW")
        ids["hifi"] = try await shop.merchant("Hi-Fi House")
        let music = try await shop.category("Music")
        let jazz = try await shop.category("Jazz", under: music)
        let sound = try await shop.category("Sound")
        ids["music"] = music
        ids["jazz"] = jazz
        let rows: [(String, String, Int64, String, String)] = [
            ("cdnow", "Kind of Blue compact disc", 1_499, jazz, "Miles Davis"),
            ("cdnow", "Blue Train compact disc", 1_299, jazz, "John Coltrane"),
            ("cdnow", "Abbey Road compact disc", 1_599, music, "The Beatles"),
            ("hifi", "Wireless headphones", 12_900, sound, "Blue, with a case"),
            ("hifi", "Studio headphones", 24_900, sound, "Closed back"),
            ("hifi", "Compact amplifier", 54_900, sound, "50 watts"),
        ]
        for (shopName, title, price, category, description) in rows {
            try await shop.product(
                of: ids[shopName] ?? "", title, price: price, category: category,
                description: description)
        }
        return ids
    }

    private static func titles(_ result: JSONValue) -> [String] {
        result["items"]?.array?.compactMap { $0["title"]?.string } ?? []
    }

    @Test func wordsMatchByTheirBeginningAndInspiteOfSlips() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            _ = try await Self.stock(shop)
            let cases: [(String, Set<String>)] = [
                ("headphones", ["Wireless headphones", "Studio headphones"]),
                ("HEADPH", ["Wireless headphones", "Studio headphones"]),
                ("hedphones", ["Wireless headphones", "Studio headphones"]),
                ("haedphones", ["Wireless headphones", "Studio headphones"]),
                ("amplifeir", ["Compact amplifier"]),
                ("colrtane", ["Blue Train compact disc"]),
                ("compact ampl", ["Compact amplifier"]),
                ("compcat amplifier", ["Compact amplifier"]),
                ("beatles", ["Abbey Road compact disc"]),
                ("studio zeppelin", []),
                ("'; drop table product --", []), ("!?", []),
            ]
            for (query, expected) in cases {
                let encoded = PercentCoding.encode(query)
                let result = try await shop.get("/api/v1/search?q=\(encoded)")
                #expect(Set(Self.titles(result)) == expected, "\(query)")
                #expect(result["total"]?.integer == Int64(expected.count), "\(query)")
            }
            let blue = try await shop.get("/api/v1/search?q=blue")
            #expect(Self.titles(blue).last == "Wireless headphones", "titles come first")
            let suggested = try await shop.get("/api/v1/search/suggestions?q=blu%20tr")
            #expect(Self.titles(suggested) == ["Blue Train compact disc"])
        }
    }

    @Test func facetsCountTheOtherChoicesToo() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let ids = try await Self.stock(shop)
            func counts(_ result: JSONValue, _ facet: String) -> [String: Int64] {
                let items = result["facets"]?[facet]?.array ?? []
                return Dictionary(
                    uniqueKeysWithValues: items.map {
                        let from = $0["from"]?["amount_minor"]?.integer.map(String.init)
                        return ($0["name"]?.string ?? from ?? "", $0["count"]?.integer ?? 0)
                    })
            }
            let all = try await shop.get("/api/v1/search?q=compact")
            #expect(counts(all, "merchants") == ["CDNOW": 3, "Hi-Fi House": 1])
            #expect(counts(all, "categories") == ["Jazz": 2, "Music": 1, "Sound": 1])
            #expect(counts(all, "prices") == ["1000": 3, "50000": 1])

            let one = try await shop.get(
                "/api/v1/search?q=compact&merchant=\(ids["hifi"] ?? "")")
            #expect(Self.titles(one) == ["Compact amplifier"])
            #expect(counts(one, "merchants") == ["CDNOW": 3, "Hi-Fi House": 1])
            #expect(counts(one, "categories") == ["Sound": 1])

            let tree = try await shop.get("/api/v1/search?category=\(ids["music"] ?? "")")
            #expect(tree["total"] == 3)
            let cheap = try await shop.get(
                "/api/v1/search?currency=USD&min_price=1300&max_price=1599")
            #expect(
                Set(Self.titles(cheap)) == [
                    "Kind of Blue compact disc", "Abbey Road compact disc",
                ])
        }
    }

    @Test func hitsAreLeafedThroughOnce() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            _ = try await Self.stock(shop)
            var seen: [String] = []
            var path: String? = "/api/v1/search?limit=4&q="
            while let next = path {
                let response = try await harness.call(.get, next)
                #expect(response.status == 200, "\(response.text)")
                seen += Self.titles(response.json)
                path = response.json["next"]?.string.map {
                    "/api/v1/search?limit=4&q=&cursor=\($0)"
                }
            }
            #expect(seen.count == 6 && Set(seen).count == 6)
        }
    }

    @Test(arguments: [
        "q=\(String(repeating: "a", count: 201))", "min_price=1", "min_price=-1&currency=USD",
        "currency=XYZ", "min_price=5&max_price=4&currency=USD", "merchant=me", "cursor=x",
        "limit=0", "q=%ff",
    ])
    func whatCannotBeSearchedForIsRefused(_ query: String) async throws {
        try await CatalogHarness.with { harness in
            let response = try await harness.call(.get, "/api/v1/search?\(query)")
            #expect(response.status == 422, "\(response.text)")
        }
    }

    @Test func slipsAreCountedFromTheStartOfAWord() {
        let cases = [
            ("headphones", "headphones", 0), ("hedphones", "headphones", 1),
            ("haedphones", "headphones", 1), ("hedpho", "headphones", 1),
            ("hesdphon", "headphones", 1), ("xyz", "headphones", 3), ("", "a", 0), ("a", "", 1),
        ]
        for (typed, word, count) in cases {
            #expect(SearchWords.distance(from: typed, toStartOf: word) == count, "\(typed)")
        }
        #expect(SearchWords.words(of: "Hi-Fi: 2×CD, Café!") == ["hi", "fi", "2", "cd", "café"])
    }
}
