internal import Bus
internal import EventTypes
internal import HTTP
internal import Runtime

/// One demonstration, from the first registration to the proof.
struct DemoRun: Sendable {
    /// Requests under way at once.
    static let together = 16
    /// Of people who sign up: their answers come at even times, so most of the time is waiting.
    static let peopleTogether = 32
    /// How long money may be on its way.
    static let patience: Duration = .seconds(180)

    let plan: DemoPlan
    let stage: DemoStage
    let programs: ProgramPlan
    /// By the clock of the platform.
    let began: Timestamp

    /// - Returns: whether everything is proven.
    func play() async throws -> Bool {
        let start = ContinuousClock.now
        let before = try await stage.payouts.totals()
        let sessions = try await people()
        let live = DemoLive(client: stage.client, session: sessions[0])
        return try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                try await live.follow()
                return nil
            }
            group.addTask {
                let traces = try await trade(sessions, live, before)
                let played = ContinuousClock.now - start
                let findings = try await DemoProof(
                    stage: stage, plan: plan, programs: programs, traces: traces
                ).examine()
                return DemoResult(plan: plan, findings: findings).show(
                    played: played, proven: ContinuousClock.now - start - played)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            return false
        }
    }

    /// Everything that happens once people are there.
    private func trade(
        _ sessions: [DemoSession], _ live: DemoLive, _ before: DemoPayouts.Totals
    ) async throws -> DemoTraces {
        let page = DemoPage(client: stage.client, admin: stage.admin, run: stage.run)
        let published = try await page.publish(offers: [
            ("5% back on every CD", stage.merchantName),
            ("3% back at our own shop", stage.shop.merchantName),
        ])
        let clicked = try await clicks(sessions)
        try await report(clicked)
        let errands = DemoErrands(
            shoppers: zip(plan.customers, sessions).compactMap { customer, session in
                customer.errand.map {
                    DemoShopper(
                        index: customer.index, errand: $0, session: session, shop: stage.shop)
                }
            })
        let purchases = try await errands.buy()
        // What happens meanwhile is to be told afterwards.
        await live.leave()
        try await errands.deliver(purchases)
        let own = plan.errands.reduce(0) { $0 + $1.credited }
        try await waitUntil("credits", plan.cashback.minorUnits + own) {
            try await $0.totals().credited - before.credited
        }
        try await errands.waitForCredits(purchases)
        live.comeBack()
        try await errands.returnGoods(purchases)
        try await withdraw(sessions)
        try await waitUntil("payouts", plan.cashback.minorUnits) {
            try await $0.totals().paidOut - before.paidOut
        }
        return DemoTraces(
            began: began, before: before, sessions: sessions, purchases: purchases, live: live,
            page: page, published: published)
    }

    private func people() async throws -> [DemoSession] {
        let people = DemoPeople(client: stage.client, mail: stage.mail, admin: stage.admin)
        let run = stage.run
        return try await DemoPhase.run("customers", plan.customers, limit: Self.peopleTogether) {
            customer in
            let session = DemoSession(
                email: "customer-\(customer.number)-\(run)@cdnow.example",
                password: RandomSecret.make(),
                address: DemoStage.address(run, customer.index))
            try await people.open(session, payout: customer.cashback)
            return session
        }
    }

    private func clicks(_ sessions: [DemoSession]) async throws -> [DemoSales.Clicked] {
        let sales = DemoSales(stage: stage)
        let wanted = zip(plan.customers, sessions).flatMap { customer, session in
            customer.sales.map { (sale: $0, session: session) }
        }
        return try await DemoPhase.run("clicks", wanted, limit: Self.together) { sale, session in
            DemoSales.Clicked(sale: sale, clickID: try await sales.click(session))
        }
    }

    private func report(_ clicked: [DemoSales.Clicked]) async throws {
        let sales = DemoSales(stage: stage)
        _ = try await DemoPhase.run("sales", clicked, limit: Self.together) {
            try await sales.reportFirst($0)
        }
        _ = try await DemoPhase.run("approvals", clicked, limit: Self.together) {
            try await sales.reportSecond($0)
        }
        try await sales.uploadStatements(clicked)
    }

    private func withdraw(_ sessions: [DemoSession]) async throws {
        let payouts = stage.payouts
        let rich = zip(plan.customers, sessions).filter { $0.0.cashback.isPositive }
            .map { (customer: $0.0, session: $0.1) }
        _ = try await DemoPhase.run("withdrawals", rich, limit: Self.together) {
            customer, session in
            try await payouts.withdraw(customer, session)
        }
    }

    /// Waits until the books say `amount`, or more, or nothing happens any more.
    private func waitUntil(
        _ label: String, _ amount: Int64, _ read: (DemoPayouts) async throws -> Int64
    ) async throws {
        let payouts = stage.payouts
        let progress = TerminalProgress(
            total: Int(amount), label: DemoPhase.padded(label + ", cents"))
        defer { progress.finish() }
        var last: Int64 = -1
        var deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            let now = try await read(payouts)
            progress.set(Int(now))
            if now >= amount { return }
            if now != last { deadline = .now + Self.patience }
            last = now
            try await stage.loop.sleep(for: .milliseconds(200))
        }
        Terminal.write("\(label): nothing has happened for \(Self.patience).\n", to: 2)
    }
}
