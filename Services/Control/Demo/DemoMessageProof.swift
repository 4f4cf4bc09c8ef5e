internal import EventTypes
internal import JSON
internal import Runtime

/// Everybody was told of every cause once: by the list, live, and by mail; and anybody reads the
/// page.
struct DemoMessageProof: Sendable {
    static let together = 16

    let stage: DemoStage
    let traces: DemoTraces
    let brokers: String

    private var people: [UserID: DemoSession] {
        var people: [UserID: DemoSession] = [:]
        for session in traces.sessions {
            if let id = session.userID { people[id] = session }
        }
        return people
    }

    func examine() async throws -> [DemoFinding] {
        try await DemoFinding.settled(on: stage.loop) { try await look() }
            + live() + [
                DemoFinding(
                    "page", "/pages/\(traces.published.slug)",
                    faults: try await traces.page.fault(in: traces.published).map { [$0] } ?? [])
            ]
    }

    /// The topics first: a list may already tell of what was not yet on them, and what holds on the
    /// topics alone may be half of what there is to be told.
    private func look() async throws -> [DemoFinding] {
        let causes = try await DemoCauses.read(
            Set(people.keys), since: traces.began, brokers: brokers, loop: stage.loop)
        return [
            paid(causes),
            DemoFinding(
                "messages, each cause once", "\(causes.told.count)", faults: causes.faults),
            try await lists(causes), mail(causes),
        ]
    }

    private func paid(_ causes: DemoCauses) -> DemoFinding {
        let orders = Set(traces.purchases.compactMap(\.purchase.orderID))
        var faults: [String] = []
        if Set(causes.paid.keys.map(\.description)) != orders {
            faults.append("\(causes.paid.count) orders are paid instead of \(orders.count)")
        }
        let twice = causes.paid.count { $0.value > 1 }
        if twice > 0 { faults.append("\(twice) are paid more than once") }
        if causes.captures.count != orders.count {
            faults.append("\(causes.captures.count) captures for \(orders.count) orders")
        }
        let captured = causes.captures.values.reduce(0, +)
        let wanted = traces.purchases.filter { $0.purchase.orderID != nil }
            .reduce(0) { $0 + $1.shopper.errand.total }
        if captured != wanted { faults.append("captured \(captured) instead of \(wanted) cents") }
        return DemoFinding(
            "orders, each paid once", "\(orders.count) orders, captures and events",
            faults: faults)
    }

    private func lists(_ causes: DemoCauses) async throws -> DemoFinding {
        let wrong = try await listsThatDiffer(causes)
        return DemoFinding(
            "messages, lists", "\(people.count) people's say the same",
            faults: wrong.isEmpty ? [] : ["\(wrong.count) differ, as \(wrong[0])"])
    }

    private func listsThatDiffer(_ causes: DemoCauses) async throws -> [String] {
        try await Together.map(Array(people), limit: Self.together) { id, session in
            let list = try await DemoLive(client: stage.client, session: session).list()
            let counts = list.compactMap { $0["type"]?.string }
                .reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            return counts == causes.told(id) ? nil : "\(session.email): \(counts)"
        }.compactMap { $0 }
    }

    /// Everything in the list that was not there before was told live, once.
    private func live() async throws -> [DemoFinding] {
        try await DemoFinding.settled(on: stage.loop) {
            let list = Set(try await traces.live.list().compactMap { $0["id"]?.string })
            let heard = traces.live.heard
            let lost = list.subtracting(heard.before.union(heard.counts.keys))
            var faults = lost.isEmpty ? [] : ["\(lost.count) lost"]
            let repeated = heard.counts.count { $0.value > 1 }
            if repeated > 0 { faults.append("\(repeated) told twice") }
            if heard.connections < 2 { faults.append("never disconnected") }
            if heard.resets > 0 { faults.append("\(heard.resets) resets") }
            return [
                DemoFinding(
                    "messages, live",
                    "\(heard.counts.count) over \(heard.connections) connections", faults: faults)
            ]
        }
    }

    private func mail(_ causes: DemoCauses) -> DemoFinding {
        let count = stage.mail.count
        var faults: [String] = []
        if count.messages < causes.mailed.count {
            faults.append("\(count.messages) of \(causes.mailed.count) came")
        }
        if !count.repeated.isEmpty {
            faults.append("\(count.repeated.count) came twice, as \(count.repeated[0])")
        }
        return DemoFinding("mail", "\(count.messages) messages, none twice", faults: faults)
    }
}
