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

    /// - Returns: whether everything is proven.
    func play() async throws -> Bool {
        let began = ContinuousClock.now
        let payouts = DemoPayouts(stage: stage)
        let before = try await payouts.totals()
        let sessions = try await people()
        let clicked = try await clicks(sessions)
        try await report(clicked)
        try await waitUntil("credits", plan.cashback) {
            try await $0.totals().credited - before.credited
        }
        try await withdraw(sessions)
        try await waitUntil("payouts", plan.cashback) {
            try await $0.totals().paidOut - before.paidOut
        }
        let played = ContinuousClock.now - began
        let findings = try await DemoProof(
            stage: stage, plan: plan, programs: programs, before: before
        ).examine()
        return show(findings, played: played, proven: ContinuousClock.now - began - played)
    }

    private func people() async throws -> [DemoSession] {
        let people = DemoPeople(client: stage.client, codes: stage.codes, admin: stage.admin)
        let run = stage.run
        return try await phase("customers", plan.customers, limit: Self.peopleTogether) {
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
        return try await phase("clicks", wanted, limit: Self.together) { sale, session in
            DemoSales.Clicked(sale: sale, clickID: try await sales.click(session))
        }
    }

    private func report(_ clicked: [DemoSales.Clicked]) async throws {
        let sales = DemoSales(stage: stage)
        _ = try await phase("sales", clicked, limit: Self.together) {
            try await sales.reportFirst($0)
        }
        _ = try await phase("approvals", clicked, limit: Self.together) {
            try await sales.reportSecond($0)
        }
        try await sales.uploadStatements(clicked)
    }

    private func withdraw(_ sessions: [DemoSession]) async throws {
        let payouts = DemoPayouts(stage: stage)
        let rich = zip(plan.customers, sessions).filter { $0.0.cashback.isPositive }
            .map { (customer: $0.0, session: $0.1) }
        _ = try await phase("withdrawals", rich, limit: Self.together) { customer, session in
            try await payouts.withdraw(customer, session)
        }
    }

    /// Does something to many, showing how far it is.
    private func phase<Item: Sendable, Result: Sendable>(
        _ label: String, _ items: [Item], limit: Int,
        _ body: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        let progress = TerminalProgress(total: items.count, label: Self.padded(label))
        defer { progress.finish() }
        return try await Together.map(items, limit: limit) { item in
            let result = try await body(item)
            progress.advance()
            return result
        }
    }

    /// Waits until the books say `amount`, or more, or nothing happens any more.
    private func waitUntil(
        _ label: String, _ amount: Money, _ read: (DemoPayouts) async throws -> Int64
    ) async throws {
        let payouts = DemoPayouts(stage: stage)
        let progress = TerminalProgress(
            total: Int(amount.minorUnits), label: Self.padded(label + ", cents"))
        defer { progress.finish() }
        var last: Int64 = -1
        var deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            let now = try await read(payouts)
            progress.set(Int(now))
            if now >= amount.minorUnits { return }
            if now != last { deadline = .now + Self.patience }
            last = now
            try await stage.loop.sleep(for: .milliseconds(200))
        }
        Terminal.write("\(label): nothing has happened for \(Self.patience).\n", to: 2)
    }

    private static func padded(_ label: String) -> String {
        label + String(repeating: " ", count: max(0, 14 - label.count))
    }

    private func show(
        _ findings: [DemoProof.Finding], played: Duration, proven: Duration
    ) -> Bool {
        var table = TextTable([.left("PROOF"), .left("FOUND"), .left("")])
        for finding in findings {
            table.add([finding.name, finding.value, finding.holds ? "ok" : "WRONG"])
        }
        let isProven = findings.allSatisfy(\.holds)
        let sales = plan.sales
        Terminal.write(
            """

            \(plan.customers.count) customers, \(sales.count) purchases, of which \
            \(sales.count { $0.manner == .swapped }) were reported in the wrong order, \
            \(sales.count { $0.isRepeated && $0.manner != .late }) twice, and \
            \(sales.count { $0.manner == .late }) only by a late statement.

            \(table.text)
            \(isProven ? "Equal to the cent" : "NOT PROVEN"): played in \(Self.seconds(played)), \
            examined in \(Self.seconds(proven)).

            """)
        return isProven
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = duration.inMilliseconds / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
