import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

typealias CatalogHarness = ServiceHarness<CatalogService>

/// A catalogue in a test, with shorthands for what most tests need.
struct Shop {
    let harness: CatalogHarness

    /// Sends what must be done, as an administrator.
    func make(
        _ path: String, _ body: JSONValue, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let response = try await harness.call(.post, path, as: .admin, body: body)
        #expect(response.status == 201, "\(response.text)", sourceLocation: sourceLocation)
        return response.json
    }

    func merchant(_ name: String = "CDNOW") async throws -> String {
        let view = try await make(
            "/api/v1/merchants", ["name": .string(name), "website": "https://shop.example"])
        return try #require(view["id"]?.string)
    }

    func category(_ name: String, under parent: String? = nil) async throws -> String {
        var body: JSONObject = ["name": .string(name)]
        if let parent { body["parent_id"] = .string(parent) }
        return try #require(
            try await make("/api/v1/categories", .object(body))["id"]?.string)
    }

    @discardableResult
    func product(
        of merchant: String, _ title: String, price: Int64 = 1_499, currency: String = "USD",
        stock: Int64 = 0, category: String? = nil, description: String = "", sku: String? = nil
    ) async throws -> String {
        var body: JSONObject = [
            "merchant_id": .string(merchant), "title": .string(title),
            "description": .string(description),
            "price": ["amount_minor": .integer(price), "currency": .string(currency)],
            "stock": .integer(stock),
        ]
        if let category { body["category_id"] = .string(category) }
        if let sku { body["sku"] = .string(sku) }
        return try #require(try await make("/api/v1/products", .object(body))["id"]?.string)
    }

    func offer(of merchant: String, terms: JSONValue) async throws -> JSONValue {
        try await make(
            "/api/v1/offers",
            [
                "merchant_id": .string(merchant), "title": "5 % back", "network": "sandbox",
                "tracking_url": "https://track.example/c?subid={click_id}", "terms": terms,
            ])
    }

    func get(_ path: String) async throws -> JSONValue {
        let response = try await harness.call(.get, path)
        #expect(response.status == 200, "\(path): \(response.text)")
        return response.json
    }

    func reserve(_ product: String, _ quantity: Int64 = 1) async throws -> HarnessResponse {
        try await harness.call(
            .post, "/internal/v1/reservations", as: .service("order"),
            body: [
                "product_id": .string(product), "quantity": .integer(quantity),
                "expires_in_seconds": 60,
            ])
    }

    /// What each invariant of the service found wrong.
    func violations() async throws -> [String] {
        var all: [String] = []
        for invariant in harness.blueprint.invariants {
            let result = try await invariant.check(
                .init(pool: harness.context.pool, store: harness.store))
            if case .violated(let faults) = result { all += faults }
        }
        return all
    }
}
