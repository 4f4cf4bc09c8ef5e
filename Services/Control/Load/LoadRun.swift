internal import EventTypes
internal import Runtime

/// One run of load, from the first buyer to the proof.
struct LoadRun: Sendable {
    static let together = 16
    static let peopleTogether = 32

    let load: LoadSettings
    let world: DemoWorld
    let finance: DemoSession
    let shop: DemoShop
    let buyers: [LoadBuyer]

    /// Opens the shop, and has the buyers register and pay in what they will need.
    static func prepare(_ load: LoadSettings, _ world: DemoWorld) async throws -> LoadRun {
        let admin = try await world.admin()
        let shop = try await DemoShop.open(world.client, admin, run: world.run)
        let people = DemoPeople(client: world.client, mail: world.mail, admin: admin)
        let run = world.run
        let sessions = try await DemoPhase.run(
            "buyers", Array(0..<load.buyers), limit: peopleTogether
        ) { index in
            let session = DemoSession(
                email: "buyer-\(index)-\(run)@souk.example", password: RandomSecret.make(),
                address: DemoStage.address(run, index))
            try await people.open(session, payout: .zero(.usd))
            return (index, session)
        }
        let cents = Int64(load.share) * LoadBuyer.ware.price
        _ = try await DemoPhase.run("deposits", sessions, limit: together) { index, session in
            try await DemoDeposit(client: world.client).make(
                cents, session, key: "\(run)-deposit-\(index)")
        }
        return LoadRun(
            load: load, world: world, finance: admin, shop: shop,
            buyers: sessions.map { LoadBuyer(index: $0, session: $1, shop: shop) })
    }

    /// - Returns: whether everything is proven.
    func play() async throws -> Bool {
        let before = try await totals()
        let start = ContinuousClock.now
        let outcomes = try await checkouts(from: start)
        let took = start.duration(to: .now)
        let tally = LoadTally(outcomes)
        Terminal.write("\n\(tally.text(load, took: took))\n")
        let findings = try await LoadProof(run: self, tally: tally, before: before).examine()
        let isProven = findings.allSatisfy(\.holds)
        Terminal.write(
            "\(DemoResult.table(findings))\n\(isProven ? "Equal to the cent" : "NOT PROVEN").\n")
        return isProven
    }

    /// The books now.
    func totals() async throws -> DemoPayouts.Totals {
        try await DemoPayouts(client: world.client, finance: finance, run: world.run).totals()
    }

    /// Every buyer keeps to the times of his own checkouts, one after the other.
    private func checkouts(
        from start: ContinuousClock.Instant
    ) async throws -> [LoadBuyer.Outcome] {
        let progress = TerminalProgress(
            total: load.checkouts, label: DemoPhase.padded("checkouts"))
        defer { progress.finish() }
        return try await withThrowingTaskGroup(of: [LoadBuyer.Outcome].self) { group in
            for buyer in buyers {
                group.addTask { [load, world, buyers] in
                    var outcomes: [LoadBuyer.Outcome] = []
                    for number in stride(
                        from: buyer.index, to: load.checkouts, by: buyers.count)
                    {
                        let due = start + load.start(of: number)
                        let pause = ContinuousClock.now.duration(to: due)
                        if pause > .zero { try await world.loop.sleep(for: pause) }
                        outcomes.append(try await buyer.buy(number, due: due))
                        progress.advance()
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
