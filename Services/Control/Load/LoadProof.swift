internal import EventTypes
internal import Runtime

/// What was answered is what is there: every order once, paid once, and every cent of it.
struct LoadProof: Sendable {
    static let together = 16

    let run: LoadRun
    let tally: LoadTally
    /// The books before the first checkout.
    let before: DemoPayouts.Totals

    private var price: Int64 { LoadBuyer.ware.price }

    func examine() async throws -> [DemoFinding] {
        var findings = [
            DemoFinding(
                "checkouts", "\(tally.orders.count), each an order",
                faults: tally.failures.isEmpty
                    ? [] : ["\(tally.failures.values.reduce(0, +)) without an order"])
        ]
        findings.append(try await orders())
        findings += try await causes()
        let now = try await run.totals()
        let sum = Int64(tally.orders.count) * price
        findings += [
            DemoFinding(
                "ledger, settlement", cents: now.settlement - before.settlement, mustBe: sum),
            DemoFinding("ledger, still held", cents: now.held - before.held, mustBe: 0),
            DemoFinding("ledger, sum of all accounts", cents: now.sum, mustBe: 0),
            try await cashback(), try await stock(),
        ]
        findings += try await InvariantProof(
            programs: run.world.programs, loop: run.world.loop
        ).examine()
        return findings
    }

    private func orders() async throws -> DemoFinding {
        let found = try await Together.map(run.buyers, limit: Self.together) {
            try await $0.orders()
        }.flatMap { $0 }
        let answered = Set(tally.orders)
        var faults: [String] = []
        if answered.count != tally.orders.count { faults.append("an order was answered twice") }
        let lost = answered.subtracting(found).count
        let surplus = Set(found).subtracting(answered).count
        if lost > 0 { faults.append("\(lost) are not there, or not paid") }
        if surplus > 0 { faults.append("\(surplus) were never answered") }
        return DemoFinding("orders", "\(found.count), as answered", faults: faults)
    }

    private func causes() async throws -> [DemoFinding] {
        let people = Set(run.buyers.compactMap(\.session.userID))
        let deadline = ContinuousClock.now + DemoProof.patience
        while true {
            let causes = try await DemoCauses.read(
                people, since: run.world.began, brokers: run.world.settings.bootstrapServers,
                loop: run.world.loop)
            let isMailed = run.world.mail.count.messages >= causes.mailed.count
            if !(causes.faults.isEmpty && isMailed), ContinuousClock.now < deadline {
                try await run.world.loop.sleep(for: DemoProof.interval)
                continue
            }
            let orders = Set(tally.orders)
            var faults: [String] = []
            if Set(causes.paid.keys.map(\.description)) != orders {
                faults.append("\(causes.paid.count) are paid instead of \(orders.count)")
            }
            let twice = causes.paid.count { $0.value > 1 }
            if twice > 0 { faults.append("\(twice) are paid more than once") }
            if causes.captures.count != orders.count
                || causes.captures.values.contains(where: { $0 != price })
            {
                faults.append("\(causes.captures.count) captures")
            }
            let mail = run.world.mail.count
            return [
                DemoFinding(
                    "orders, each paid once", "\(orders.count) orders, captures and events",
                    faults: faults),
                DemoFinding(
                    "messages, each cause once", "\(causes.told.count)", faults: causes.faults),
                DemoFinding(
                    "mail", "\(mail.messages) messages, none twice",
                    faults: mail.repeated.isEmpty ? [] : ["\(mail.repeated.count) came twice"]),
            ]
        }
    }

    private func cashback() async throws -> DemoFinding {
        let count = try await Together.map(run.buyers, limit: Self.together) {
            try await $0.conversions()
        }.reduce(0, +)
        return DemoFinding(
            "cashback pending", "\(count) sales of \(tally.orders.count)",
            count == tally.orders.count)
    }

    private func stock() async throws -> DemoFinding {
        let available = try await run.shop.available(LoadBuyer.ware)
        let wanted = LoadBuyer.ware.stock - Int64(tally.orders.count)
        return DemoFinding(
            "stock", "\(available) left", available == wanted)
    }
}
