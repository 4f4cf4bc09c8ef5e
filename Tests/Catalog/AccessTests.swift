import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

/// Who may change the catalogue, and what is not let in.
@Suite struct AccessTests {
    private static let changes: [(HTTPMethod, String)] = [
        (.post, "/api/v1/merchants"), (.post, "/api/v1/categories"), (.post, "/api/v1/products"),
        (.post, "/api/v1/products/import"), (.post, "/api/v1/offers"), (.post, "/api/v1/coupons"),
    ]

    @Test func onlyAdministratorsChangeTheCatalogue() async throws {
        try await CatalogHarness.with { harness in
            for (method, path) in Self.changes {
                let nobody = try await harness.call(method, path, body: [:])
                #expect(nobody.status == 401, "\(path)")
                let customer = try await harness.call(
                    method, path, as: .customer(UserID(high: 1, low: 1)), body: [:])
                #expect(customer.status == 403, "\(path)")
                let support = try await harness.call(method, path, as: .support, body: [:])
                #expect(support.status == 403, "\(path)")
            }
            #expect(try await harness.events().isEmpty)
        }
    }

    @Test func stockIsReservedByServicesThatSell() async throws {
        try await CatalogHarness.with { harness in
            let body: JSONValue = [
                "product_id": "01920000-0000-7000-8000-000000000001", "quantity": 1,
                "expires_in_seconds": 60,
            ]
            let path = "/internal/v1/reservations"
            #expect(try await harness.call(.post, path, body: body).status == 401)
            #expect(try await harness.call(.post, path, as: .admin, body: body).status == 401)
            let other = try await harness.call(
                .post, path, as: .service("cashback"), body: body)
            #expect(other.status == 403)
            let order = try await harness.call(.post, path, as: .service("order"), body: body)
            #expect(order.faults == ["/product_id"])
        }
    }

    private static let unknown: JSONValue = "01920000-0000-7000-8000-00000000ffff"
    private static let price: JSONValue = ["amount_minor": 100, "currency": "USD"]

    /// A path, a body, and the places that the answer must point at.
    private static let wrong: [(String, JSONValue, [String])] = [
        ("merchants", ["name": "", "website": "javascript:alert(1)"], ["/name", "/website"]),
        ("merchants", ["name": "a\u{7}b", "website": "https://"], ["/name", "/website"]),
        ("merchants", ["name": "A", "website": "https://u:p@x.example"], ["/website"]),
        ("merchants", ["website": "https://x.example"], ["/name"]),
        ("categories", ["name": "&&&"], ["/name"]),
        ("categories", ["name": "A", "parent_id": unknown], ["/parent_id"]),
        (
            "products", ["merchant_id": unknown, "title": "A", "price": price],
            ["/merchant_id"]
        ),
        (
            "products",
            [
                "merchant_id": unknown, "title": " ", "sku": "",
                "price": ["amount_minor": 0, "currency": "USD"], "stock": -1,
            ], ["/sku", "/title", "/price/amount_minor", "/stock"]
        ),
        (
            "products",
            [
                "merchant_id": unknown, "title": "A",
                "price": ["amount_minor": 1, "currency": "XYZ"],
            ],
            ["/price/currency"]
        ),
        (
            "offers",
            [
                "merchant_id": unknown, "title": "A", "network": "Sand Box",
                "tracking_url": "https://x.example",
                "terms": [
                    "reward": ["basis_points": 10_001], "currency": "USD",
                    "cap": ["amount_minor": 0, "currency": "EUR"], "regions": ["usa"],
                    "valid_from": "2026-02-01", "valid_until": "2026-01-01",
                ],
            ],
            [
                "/network", "/tracking_url", "/terms/reward/basis_points",
                "/terms/cap/amount_minor", "/terms/cap/currency", "/terms/valid_until",
                "/terms/regions/0",
            ]
        ),
        (
            "coupons",
            [
                "merchant_id": unknown, "code": "A", "title": "", "most_uses": 0,
                "discount": ["basis_points": 1],
            ],
            ["/title", "/most_uses"]
        ),
    ]

    @Test func badInputIsPointedAtAndChangesNothing() async throws {
        try await CatalogHarness.with { harness in
            for (path, body, faults) in Self.wrong {
                let response = try await harness.call(
                    .post, "/api/v1/\(path)", as: .admin, body: body)
                #expect(response.status == 422, "\(path) \(response.text)")
                #expect(response.faults == faults, "\(path)")
            }
            #expect(try await harness.events().isEmpty)
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await CatalogHarness.with { harness in
            let id = "01920000-0000-7000-8000-00000000ffff"
            for path in ["products/\(id)/stock", "products/nonsense/stock"] {
                let response = try await harness.call(
                    .put, "/api/v1/\(path)", as: .admin, body: ["quantity": 1])
                #expect(response.status == 404)
            }
            for path in ["offers/\(id)/withdraw", "coupons/\(id)/revoke"] {
                let response = try await harness.call(.post, "/api/v1/\(path)", as: .admin)
                #expect(response.status == 404)
            }
            let release = try await harness.call(
                .post, "/internal/v1/reservations/\(id)/release", as: .service("order"))
            #expect(release.status == 404)
        }
    }
}
