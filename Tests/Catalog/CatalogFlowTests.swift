import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

/// What merchants, products, offers and coupons go through, from request to published event.
@Suite struct CatalogFlowTests {
    @Test func aChangeIsRefusedToWhoeverSawAnOlderVersion() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let product = try await shop.product(of: merchant, "Compact disc", stock: 3)
            let path = "/api/v1/products/\(product)"
            let shown = try await harness.call(.get, path)
            let tag = try #require(shown.headers["ETag"])
            #expect(shown.json["available"] == 3)

            let price: JSONValue = ["price": ["amount_minor": 999, "currency": "USD"]]
            let changed = try await harness.call(
                .put, "\(path)/price", as: .admin, body: price, headers: ["If-Match": tag])
            #expect(changed.status == 200)
            #expect(changed.json["price"]?["amount_minor"] == 999)
            let stale = try await harness.call(
                .put, "\(path)/stock", as: .admin, body: ["quantity": 9],
                headers: ["If-Match": tag])
            #expect(stale.status == 412 && stale.problem == "stale-version")
            #expect(try await shop.get(path)["stock"] == 3)
            let same = try await harness.call(
                .get, path, headers: ["If-None-Match": changed.headers["ETag"] ?? ""])
            #expect(same.status == 304)

            let renamed = try await harness.call(
                .put, "/api/v1/merchants/\(merchant)", as: .admin, body: ["name": "Music Now"],
                headers: ["If-Match": "\"1\""])
            #expect(renamed.headers["ETag"] == "\"2\"")
            #expect(
                try await shop.get("/api/v1/merchants")["items"]?[0]?["name"] == "Music Now")
        }
    }

    @Test func whatOthersMayReadIsPublishedInOrder() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let product = try await shop.product(of: merchant, "Compact disc", stock: 3)
            _ = try await harness.call(
                .put, "/api/v1/products/\(product)", as: .admin,
                body: [
                    "title": "Double disc", "price": ["amount_minor": 1_999, "currency": "USD"],
                ])
            let offer = try await shop.offer(
                of: merchant, terms: ["reward": ["basis_points": 500], "currency": "USD"])
            let id = try #require(offer["id"]?.string)
            #expect(offer["terms_version"] == 1)
            _ = try await shop.make(
                "/api/v1/offers/\(id)/terms",
                [
                    "reward": ["fixed": ["amount_minor": 200, "currency": "USD"]],
                    "currency": "USD", "regions": ["US", "CA"],
                ])
            let withdrawn = try await harness.call(
                .post, "/api/v1/offers/\(id)/withdraw", as: .admin)
            #expect(withdrawn.json["state"] == "withdrawn")

            #expect(
                try await harness.published(CatalogMerchantRegistered.self).map(\.name)
                    == ["CDNOW"])
            let listed = try await harness.published(CatalogProductListed.self)
            #expect(listed.map(\.title) == ["Compact disc", "Double disc"])
            #expect(listed.map(\.price.minorUnits) == [1_499, 1_999])
            let terms = try await harness.published(CatalogOfferTermsPublished.self)
            #expect(terms.map(\.terms.version) == [1, 2])
            #expect(terms.map(\.network) == ["sandbox", "sandbox"])
            #expect(terms.last?.terms.regions == ["US", "CA"])
            #expect(
                try await harness.published(CatalogOfferWithdrawn.self).map(\.offerID.description)
                    == [id])
        }
    }

    @Test func termsAreVersionsAndAWithdrawnOfferGetsNoMore() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let first: JSONValue = ["reward": ["basis_points": 500], "currency": "USD"]
            let offer = try await shop.offer(of: merchant, terms: first)
            let path = "/api/v1/offers/\(try #require(offer["id"]?.string))"
            harness.clock.advance(by: .seconds(60))
            let again = try await shop.make("\(path)/terms", first)
            #expect(again["terms_version"] == 1)
            let second: JSONValue = ["reward": ["basis_points": 700], "currency": "USD"]
            _ = try await shop.make("\(path)/terms", second)
            #expect(try await shop.get(path)["terms"]?["reward"]?["basis_points"] == 700)
            let versions = try await shop.get("\(path)/terms")["items"]?.array ?? []
            #expect(versions.map { $0["version"] } == [1, 2])

            _ = try await harness.call(.post, "\(path)/withdraw", as: .admin)
            let refused = try await harness.call(
                .post, "\(path)/terms", as: .admin, body: first)
            #expect(refused.problem == "offer-withdrawn")
            #expect(
                try await shop.get("/api/v1/offers?state=published")["items"]?.array?.isEmpty
                    == true)
        }
    }

    @Test func namesNumbersAndCodesAreUniqueWhereTheyMustBe() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let other = try await shop.merchant("Other")
            let music = try await shop.category("Music")
            _ = try await shop.category("Rock & Roll", under: music)
            let twin = try await harness.call(
                .post, "/api/v1/categories", as: .admin,
                body: ["name": "rock, roll", "parent_id": .string(music)])
            #expect(twin.problem == "already-taken")
            _ = try await shop.category("Rock & Roll")

            try await shop.product(of: merchant, "Disc", sku: "CD-1")
            try await shop.product(of: other, "Disc", sku: "CD-1")
            let second = try await harness.call(
                .post, "/api/v1/products", as: .admin,
                body: [
                    "merchant_id": .string(merchant), "title": "Disc", "sku": "CD-1",
                    "price": ["amount_minor": 1, "currency": "USD"],
                ])
            #expect(second.problem == "already-taken")

            let coupon: JSONValue = [
                "merchant_id": .string(merchant), "code": "SAVE-10", "title": "Ten off",
                "discount": ["basis_points": 1_000], "most_uses": 5,
            ]
            let issued = try await shop.make("/api/v1/coupons", coupon)
            let repeated = try await harness.call(
                .post, "/api/v1/coupons", as: .admin, body: coupon)
            #expect(repeated.problem == "already-taken")
            let revoked = try await harness.call(
                .post, "/api/v1/coupons/\(issued["id"]?.string ?? "")/revoke", as: .admin)
            #expect(revoked.json["state"] == "revoked")
            let coupons = try await shop.get("/api/v1/coupons?merchant_id=\(merchant)")
            #expect(coupons["items"]?.array?.map { $0["code"] } == ["SAVE-10"])
        }
    }

    @Test func aRepeatedRequestListsOneProduct() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let body: JSONValue = [
                "merchant_id": .string(try await shop.merchant()), "title": "Disc",
                "price": ["amount_minor": 100, "currency": "USD"], "stock": 2,
            ]
            let first = try await harness.call(
                .post, "/api/v1/products", as: .admin, body: body, key: "one")
            let second = try await harness.call(
                .post, "/api/v1/products", as: .admin, body: body, key: "one")
            #expect(first.json["id"] == second.json["id"])
            #expect(second.headers["Idempotency-Replayed"] == "true")
            let pages = try await shop.get("/api/v1/products")
            #expect(pages["items"]?.array?.count == 1)
        }
    }
}
