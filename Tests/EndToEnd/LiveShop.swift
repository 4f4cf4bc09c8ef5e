import Foundation
import JSON
import Testing

/// A shop on the platform with one product, and ten percent back for whoever buys it.
struct LiveShop: Sendable {
    static let price: Int64 = 2_000

    let admin: LiveClient
    let product: String
    let offer: String

    static func open(on platform: LivePlatform, stock: Int64 = 100) async throws -> LiveShop {
        let admin = try await LiveClient(gateway: platform.gateway)
            .signedIn("admin@souk.example", platform.secret("admin-password"))
        let name = UUID().uuidString
        let merchant = try await id(
            admin, "/api/v1/merchants",
            ["name": .string("Lamps \(name)"), "website": "https://lamps.example"])
        let product = try await id(
            admin, "/api/v1/products",
            [
                "merchant_id": .string(merchant), "sku": .string(name), "title": "Lamp",
                "price": ["amount_minor": .integer(price), "currency": "USD"],
                "stock": .integer(stock),
            ])
        let offer = try await id(
            admin, "/api/v1/offers",
            [
                "merchant_id": .string(merchant), "title": "A tenth back", "network": "souk",
                "tracking_url": "https://lamps.example/?click={click_id}",
                "terms": ["reward": ["basis_points": 1_000], "currency": "USD"],
            ])
        return LiveShop(admin: admin, product: product, offer: offer)
    }

    private static func id(
        _ admin: LiveClient, _ path: String, _ body: JSONValue
    ) async throws -> String {
        let answer = try await admin.call("POST", path, body)
        return try #require(answer.json["id"]?.string, "\(path): \(answer.json)")
    }

    /// Puts so many into the person's cart.
    func fill(_ quantity: Int64, _ client: LiveClient) async throws {
        try await Eventually.holds {
            try await client.call(
                "PUT", "/api/v1/cart/lines/\(product)", ["quantity": .integer(quantity)]
            ).status == 200
        }
    }

    /// Checks out and waits for the end.
    ///
    /// - Returns: the checkout.
    func checkOut(
        _ quantity: Int64, _ client: LiveClient, click: String? = nil, key: String? = nil
    ) async throws -> JSONValue {
        var body: JSONObject = [
            "expected_total": [
                "amount_minor": .integer(quantity * Self.price), "currency": "USD",
            ]
        ]
        body["click_id"] = click.map { .string($0) }
        var headers = ["Prefer": "wait=10"]
        headers["Idempotency-Key"] = key ?? UUID().uuidString
        let answer = try await client.call(
            "POST", "/api/v1/checkouts", .object(body), headers: headers)
        let id = try #require(answer.json["id"]?.string, "\(answer.json)")
        return try await Eventually.some {
            let checkout = try await client.call("GET", "/api/v1/checkouts/\(id)").json
            let state = checkout["state"]?.string
            return state == "completed" || state == "failed" ? checkout : nil
        }
    }
}
