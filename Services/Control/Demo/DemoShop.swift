internal import EventTypes
internal import HTTP
internal import JSON

/// The platform's own shops: what they sell, and the offer of one of them.
struct DemoShop: Sendable {
    let client: DemoClient
    let admin: DemoSession
    let run: String
    let merchantID: String
    let merchantName: String
    let offerID: String
    let products: [DemoWare: String]

    /// The network of purchases at the platform itself.
    static let network = "souk"

    /// Opens the shops, fills their shelves and publishes the offer.
    static func open(_ client: DemoClient, _ admin: DemoSession, run: String) async throws
        -> DemoShop
    {
        let name = "Souk Records \(run)"
        let merchant = try await create(
            client, admin, "/api/v1/merchants",
            ["name": .string(name), "website": "https://records.example"], key: "\(run)-shop")
        let other = try await create(
            client, admin, "/api/v1/merchants",
            ["name": .string("Posters \(run)"), "website": "https://posters.example"],
            key: "\(run)-posters")
        var products: [DemoWare: String] = [:]
        for ware in DemoWare.allCases {
            products[ware] = try await create(
                client, admin, "/api/v1/products",
                [
                    "merchant_id": .string(ware.isOurs ? merchant : other),
                    "sku": .string("\(run)-\(ware.rawValue)"), "title": .string(ware.title),
                    "price": ["amount_minor": .integer(ware.price), "currency": "USD"],
                    "stock": .integer(ware.stock),
                ], key: "\(run)-\(ware.rawValue)")
        }
        let offer = try await create(
            client, admin, "/api/v1/offers",
            [
                "merchant_id": .string(merchant), "title": "3% back at our own shop",
                "network": .string(network),
                "tracking_url": "https://records.example/shop?click={click_id}",
                "terms": [
                    "reward": ["basis_points": .integer(DemoErrand.basisPoints)],
                    "currency": "USD",
                ],
            ], key: "\(run)-souk-offer")
        return DemoShop(
            client: client, admin: admin, run: run, merchantID: merchant, merchantName: name,
            offerID: offer, products: products)
    }

    /// - Returns: the identifier of what was made.
    static func create(
        _ client: DemoClient, _ session: DemoSession, _ path: String, _ body: JSONValue,
        key: String
    ) async throws -> String {
        try await make(client, session, path, body, key: key).text("id")
    }

    /// - Returns: the answer to what makes something.
    static func make(
        _ client: DemoClient, _ session: DemoSession, _ path: String, _ body: JSONValue,
        key: String
    ) async throws -> DemoAnswer {
        var request = try DemoClient.Request(.post, path, json: body)
        request.session = session
        request.key = key
        return try await client.send(request)
    }

    /// Pieces of a ware that can still be promised.
    func available(_ ware: DemoWare) async throws -> Int64 {
        try await client.send(DemoClient.Request(.get, "/api/v1/products/\(products[ware] ?? "")"))
            .integer("available")
    }
}
