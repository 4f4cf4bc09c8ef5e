import Database
import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import AnalyticsService

@Suite struct AnalyticsServiceTests {
    typealias Harness = ServiceHarness<AnalyticsService>

    /// Hands the story's events to the service as its inbox would.
    static func deliver(_ events: [ReceivedEvent], to analytics: Harness) async throws {
        let subscription = try #require(analytics.blueprint.subscriptions.first)
        for event in events {
            #expect(subscription.topics.contains(event.topic))
            #expect(subscription.handles.contains(event.type.name))
            try await analytics.store.commit(
                CommandContext(correlationID: event.correlationID, actor: "service:test")
            ) { unit in try await subscription.handle(event, unit) }
        }
        await analytics.settle()
    }

    /// Streams in another order, each in its own.
    private func interleaved(_ events: [ReceivedEvent], seed: UInt64) -> [ReceivedEvent] {
        var random = SeededRandom(seed)
        var streams = Dictionary(grouping: events, by: \.stream).mapValues { $0[...] }
        var result: [ReceivedEvent] = []
        while let stream = streams.keys.sorted().randomElement(using: &random) {
            if let event = streams[stream]?.popFirst() { result.append(event) }
            if streams[stream]?.isEmpty == true { streams[stream] = nil }
        }
        return result
    }

    @Test func theDashboardCountsEveryEventOnceInWhateverOrder() async throws {
        let events = try Story().received()
        for seed in [1, 2] as [UInt64] {
            try await Harness.with(.database) { analytics in
                let some = interleaved(events, seed: seed)
                try await Self.deliver(some + some.prefix(25), to: analytics)
                #expect(try await analytics.events().count == events.count)
                let response = try await analytics.call(
                    .get, "/api/v1/analytics/dashboard", as: .finance)
                #expect(response.status == 200)
                let board = response.json
                #expect(board["people"] == 3 && board["verified_people"] == 2)
                #expect(board["clicks"] == 9 && board["sales"] == 10)
                #expect(board["gross_value"]?["amount_minor"] == 32_733)
                let cashback = board["cashback"]
                #expect(cashback?["pending"]?["amount_minor"] == 35)
                #expect(cashback?["approved"]?["amount_minor"] == 625)
                #expect(cashback?["credited"]?["amount_minor"] == 657)
                #expect(cashback?["declined"]?["amount_minor"] == 50)
                #expect(cashback?["clawed_back"]?["amount_minor"] == 260)
                let payouts = board["withdrawals"]
                #expect(payouts?["requested"]?["count"] == 1)
                #expect(payouts?["paid"]?["amount_minor"] == 100)
                #expect(payouts?["failed"]?["amount_minor"] == 210)
                #expect(
                    board["funnel"]
                        == ["clicks": 9, "sales": 8, "approved": 5, "credited": 4])
                let dollars: (Int64) -> JSONValue = {
                    ["amount_minor": .integer($0), "currency": "USD"]
                }
                #expect(
                    board["orders"] == [
                        "placed": 4, "paid": 3, "cancelled": 2, "refunded": dollars(2_500),
                        "paid_value": dollars(10_500),
                    ])
                #expect(
                    board["messages"]
                        == ["raised": 3, "read": 1, "emails_sent": 1, "emails_failed": 1])
                #expect(board["pages"] == ["published": 1, "publications": 3, "uploads": 1])
                #expect(board["by_day"]?.array?.first?["day"] == "2026-01-03")
                #expect(board["by_merchant"]?.array?.first?["name"] == "Bücher & Mehr")
            }
        }
    }

    @Test func reportsAndReplayGiveTheSame() async throws {
        let events = try Story().received()
        var replay = TopicReplay()
        for event in events.reversed() { replay.add(event) }
        replay.finish()
        let journey = replay.journey
        try await Harness.with(.database) { analytics in
            try await Self.deliver(events, to: analytics)
            let windows = [
                ReportWindow.all, ReportWindow(from: Story.day(3), to: Story.day(10)),
                ReportWindow(from: Story.day(40), to: nil),
            ]
            for window in windows {
                var query: [String] = []
                if let from = window.from { query.append("from=\(from)") }
                if let to = window.to { query.append("to=\(to)") }
                for kind in ReportKind.allCases {
                    for format in ReportFormat.allCases {
                        let path =
                            "/api/v1/analytics/reports/\(kind.rawValue)?"
                            + (query + ["format=\(format.rawValue)"]).joined(separator: "&")
                        let response = try await analytics.call(.get, path, as: .support)
                        #expect(response.status == 200)
                        #expect(
                            response.text
                                == (try format.text(kind.table(journey, window), kind, window)))
                    }
                }
                let query2 = query.isEmpty ? "" : "?" + query.joined(separator: "&")
                let board: Dashboard = try await analytics.call(
                    .get, "/api/v1/analytics/dashboard" + query2, as: .admin
                ).decode()
                #expect(board == Dashboard(DashboardNumbers(journey, window), window, in: .usd))
            }
            for invariant in analytics.blueprint.invariants {
                let result = try await invariant.check(
                    VerifyContext(pool: analytics.context.pool, store: analytics.store))
                guard case .holds = result else {
                    Issue.record("\(invariant.name): \(result)")
                    continue
                }
            }
        }
    }

    @Test func aChangedRowBreaksTheInvariant() async throws {
        try await Harness.with(.database) { analytics in
            try await Self.deliver(try Story().received(), to: analytics)
            let pool = analytics.context.pool
            _ = try await pool.execute("UPDATE sale SET sale_minor = 1 WHERE stage = 'approved'")
            _ = try await pool.execute("UPDATE ledger_day SET added = added + 1")
            for invariant in analytics.blueprint.invariants {
                let result = try await invariant.check(
                    VerifyContext(pool: pool, store: analytics.store))
                guard case .violated = result else {
                    Issue.record("\(invariant.name) did not notice")
                    continue
                }
            }
        }
    }

    @Test func aVisitIsRecordedPublishedAndCounted() async throws {
        try await Harness.with(.database) { analytics in
            let user = Story.user(1)
            let body: JSONValue = [
                "name": "page_viewed", "properties": ["page": "/products/42", "depth": 0.5],
            ]
            for _ in 1...2 {
                let response = try await analytics.call(
                    .post, "/api/v1/analytics/track", as: .customer(user), body: body,
                    key: "the-same")
                #expect(response.status == 202)
            }
            _ = try await analytics.call(
                .post, "/api/v1/analytics/track", body: ["name": "page_viewed"], key: .none)
            let published = try await analytics.published(AnalyticsEventTracked.self)
            #expect(published.map(\.userID) == [user, nil])
            await analytics.settle()
            let board = try await analytics.call(
                .get, "/api/v1/analytics/dashboard", as: .support)
            #expect(board.json["visits"] == [["name": "page_viewed", "count": 2]])
        }
    }

    @Test(
        arguments: [
            (["name": "Page viewed"], "/name"),
            (["name": "x", "occurred_at": "2026-01-02T00:00:00Z"], "/occurred_at"),
            (["name": "x", "occurred_at": "2025-11-01T00:00:00Z"], "/occurred_at"),
            (["name": "x", "properties": ["mail": "me@example.org"]], "/properties/mail"),
            (["name": "x", "properties": ["A b": 1]], "/properties"),
            (["name": "x", "properties": []], "/properties"),
        ] as [(JSONValue, String)])
    func aWrongVisitIsRefusedAtItsField(body: JSONValue, pointer: String) async throws {
        try await Harness.with { analytics in
            let response = try await analytics.call(
                .post, "/api/v1/analytics/track", body: body, key: .none)
            #expect(response.status == 422)
            #expect(response.faults == [pointer])
            #expect(try await analytics.events().isEmpty)
        }
    }

    @Test func onlyStaffReadsReports() async throws {
        try await Harness.with { analytics in
            for path in ["dashboard", "reports/revenue"] {
                let path = "/api/v1/analytics/" + path
                #expect(try await analytics.call(.get, path).status == 401)
                let customer = try await analytics.call(.get, path, as: .customer(Story.user(1)))
                #expect(customer.status == 403)
            }
        }
    }

    @Test(arguments: [
        "reports/weather", "reports/revenue?format=pdf", "reports/revenue?from=soon",
        "reports/revenue?from=2026-02-01&to=2026-01-01",
        "reports/ledger?from=2026-02-01T10:00:00Z", "dashboard?currency=XYZ",
        "dashboard?from=2026-02-01&to=2026-02-01",
    ])
    func aWrongQuestionIsRefused(path: String) async throws {
        try await Harness.with { analytics in
            let response = try await analytics.call(
                .get, "/api/v1/analytics/" + path, as: .admin)
            #expect(response.status == (path == "reports/weather" ? 404 : 422))
            #expect(response.problem != nil)
        }
    }
}
