internal import HTTP
internal import JSON
internal import Runtime

/// Where a demonstration plays: the staff, the shop, the offer, the network.
struct DemoStage: Sendable {
    let client: DemoClient
    let codes: DemoCodes
    let loop: EventLoop
    let run: String
    let admin: DemoSession
    let finance: DemoSession
    let merchantID: String
    let merchantName: String
    let offerID: String
    let networkSecret: String

    /// The part of the simulated addresses that this run has to itself.
    static func address(_ run: String, _ number: Int) -> String {
        let block = run.utf8.reduce(UInt32(17)) { ($0 &* 31 &+ UInt32($1)) & 0xFFFF }
        return "2001:db8:\(String(block, radix: 16)):\(String(number + 1, radix: 16))::1"
    }

    /// Sets everything up: staff, merchant, offer, network.
    static func build(
        client: DemoClient, codes: DemoCodes, loop: EventLoop, run: String,
        settings: PlatformSettings, secrets: Secrets
    ) async throws -> DemoStage {
        let admin = DemoSession(
            email: settings.adminEmail, password: try secrets.read(secrets.adminPassword),
            address: "192.0.2.1")
        try await admin.renew(with: client)
        let people = DemoPeople(client: client, codes: codes, admin: admin)
        let finance = DemoSession(
            email: "finance-\(run)@souk.example", password: "\(run)-\(RandomSecret.make())",
            address: "192.0.2.2")
        let id = try await people.register(finance)
        try await people.put(
            "/api/v1/users/\(id)/roles", ["roles": ["customer", "finance"]])
        try await finance.renew(with: client)

        let name = "CDNOW \(run)"
        let merchant = try await create(
            client, admin, "/api/v1/merchants",
            ["name": .string(name), "website": "https://cdnow.example"], key: "\(run)-merchant")
        let secret = try secrets.read(secrets.demoNetworkSecret)
        try await people.put(
            "/api/v1/networks/\(Secrets.demoNetwork)", ["secret": .string(secret)])
        let offer = try await create(
            client, admin, "/api/v1/offers",
            [
                "merchant_id": .string(merchant), "title": "5% back on every CD",
                "network": .string(Secrets.demoNetwork),
                "tracking_url": "https://cdnow.example/shop?click={click_id}",
                "terms": [
                    "reward": ["basis_points": .integer(DemoPlan.basisPoints)], "currency": "USD",
                ],
            ], key: "\(run)-offer")
        return DemoStage(
            client: client, codes: codes, loop: loop, run: run, admin: admin, finance: finance,
            merchantID: merchant, merchantName: name, offerID: offer, networkSecret: secret)
    }

    private static func create(
        _ client: DemoClient, _ session: DemoSession, _ path: String, _ body: JSONValue,
        key: String
    ) async throws -> String {
        var request = try DemoClient.Request(.post, path, json: body)
        request.session = session
        request.key = key
        return try await client.send(request).text("id")
    }
}
