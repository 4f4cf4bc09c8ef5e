internal import HTTP
internal import JSON
internal import Runtime

/// Where a demonstration plays: the staff, the shop, the offer, the network.
struct DemoStage: Sendable {
    let client: DemoClient
    let mail: DemoMail
    let loop: EventLoop
    let run: String
    let admin: DemoSession
    let finance: DemoSession
    let merchantID: String
    let merchantName: String
    let offerID: String
    let networkSecret: String
    /// The platform's own.
    let shop: DemoShop

    var payouts: DemoPayouts { DemoPayouts(client: client, finance: finance, run: run) }

    /// The part of the simulated addresses that this run has to itself.
    static func address(_ run: String, _ number: Int) -> String {
        let block = run.utf8.reduce(UInt32(17)) { ($0 &* 31 &+ UInt32($1)) & 0xFFFF }
        return "2001:db8:\(String(block, radix: 16)):\(String(number + 1, radix: 16))::1"
    }

    /// Sets everything up: staff, merchant, offer, network.
    static func build(_ world: DemoWorld) async throws -> DemoStage {
        let client = world.client
        let run = world.run
        let admin = try await world.admin()
        let people = DemoPeople(client: client, mail: world.mail, admin: admin)
        let finance = DemoSession(
            email: "finance-\(run)@souk.example", password: "\(run)-\(RandomSecret.make())",
            address: "192.0.2.2")
        let id = try await people.register(finance)
        try await people.put(
            "/api/v1/users/\(id)/roles", ["roles": ["customer", "finance"]])
        // Roles are in the token.
        try await finance.renew(with: client)

        let name = "CDNOW \(run)"
        let merchant = try await DemoShop.create(
            client, admin, "/api/v1/merchants",
            ["name": .string(name), "website": "https://cdnow.example"], key: "\(run)-merchant")
        let secret = try world.secrets.read(world.secrets.demoNetworkSecret)
        try await people.put(
            "/api/v1/networks/\(Secrets.demoNetwork)", ["secret": .string(secret)])
        let offer = try await DemoShop.create(
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
            client: client, mail: world.mail, loop: world.loop, run: run, admin: admin,
            finance: finance,
            merchantID: merchant, merchantName: name, offerID: offer, networkSecret: secret,
            shop: try await DemoShop.open(client, admin, run: run))
    }
}
