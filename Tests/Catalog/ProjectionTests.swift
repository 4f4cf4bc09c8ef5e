import Database
import EventStore
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

@Suite struct ProjectionTests {
    @Test func everyReadModelFoldedAfreshIsTheSame() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let category = try await shop.category("Music")
            let product = try await shop.product(
                of: merchant, "Compact disc", stock: 5, category: category,
                description: "Two \"lines\",\nit's 'quoted' \\ and Ünïcode")
            _ = try await shop.reserve(product, 2)
            let sold = try await shop.reserve(product, 1)
            _ = try await harness.call(
                .post, "/internal/v1/reservations/\(sold.json["id"]?.string ?? "")/fulfil",
                as: .service("order"))
            _ = try await harness.call(.delete, "/api/v1/products/\(product)", as: .admin)
            _ = try await shop.offer(
                of: merchant, terms: ["reward": ["basis_points": 500], "currency": "USD"])
            _ = try await shop.make(
                "/api/v1/coupons",
                [
                    "merchant_id": .string(merchant), "code": "SAVE-10", "title": "Ten off",
                    "discount": ["fixed": ["amount_minor": 500, "currency": "USD"]],
                ])
            await harness.settle()
            let reports = try await harness.expectRebuildsAreIdentical()
            #expect(reports.allSatisfy { $0.rows.contains { $0 > 0 } }, "\(reports)")
            #expect(try await shop.get("/api/v1/search?q=compact")["total"] == 0)
            let shown = try await shop.get("/api/v1/products/\(product)")
            #expect(shown["state"] == "delisted" && shown["available"] == 2)
            #expect(try await shop.violations().isEmpty)
        }
    }
}
