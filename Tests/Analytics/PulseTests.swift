import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import AnalyticsService

@Suite(.timeLimit(.minutes(10))) struct PulseTests {
    typealias Harness = ServiceHarness<AnalyticsService>

    private static let path = "/api/v1/analytics/pulse"

    private func pulse(of analytics: Harness) async throws -> PulseView {
        let response = try await analytics.call(.get, Self.path)
        #expect(response.status == 200)
        #expect(response.headers["Cache-Control"] == "public, max-age=1")
        return try response.decode()
    }

    @Test func anEmptyPlatformHasAPulseOfNothing() async throws {
        try await Harness.with(.database) { analytics in
            let pulse = try await pulse(of: analytics)
            #expect(pulse.journey == nil && pulse.totals.sales == 0)
            #expect(pulse.perSecond == Array(repeating: 0, count: 60))
            #expect(pulse.topics.map(\.topic).contains("order-events"))
            #expect(pulse.topics.allSatisfy { $0.events == 0 && $0.lastAt == nil })
        }
    }

    @Test func everyEventIsCountedOnceInItsSecondAndItsTopic() async throws {
        try await Harness.with(.database) { analytics in
            let now = analytics.clock.now()
            let second = now - .seconds(7)
            let events = try Story().received(at: second)
            try await AnalyticsServiceTests.deliver(
                events + events.prefix(30), to: analytics)
            let pulse = try await pulse(of: analytics)
            #expect(pulse.at == now)
            #expect(pulse.perSecond.count == 60 && pulse.perSecond[53] == events.count)
            #expect(pulse.perSecond.reduce(0, +) == events.count)
            let byTopic = Dictionary(grouping: events, by: \.topic)
            for traffic in pulse.topics {
                let topic = try #require(Topic(rawValue: traffic.topic))
                #expect(traffic.events == byTopic[topic]?.count ?? 0, "\(traffic.topic)")
                #expect(traffic.lastAt == (byTopic[topic] == nil ? nil : second))
            }
            let totals = pulse.totals
            #expect(totals.people == 3 && totals.clicks == 9 && totals.orders == 4)
            #expect(totals.refunds == 1 && totals.messages == 3 && totals.pages == 1)
            #expect(totals.cashbackCredited == [try Story.dollars(657)])
            #expect(totals.paidOut == [try Story.dollars(100)])
        }
    }

    @Test func aSaleIsOneSaleWhereverItIsCounted() async throws {
        try await Harness.with(.database) { analytics in
            try await AnalyticsServiceTests.deliver(try Story().received(), to: analytics)
            let board: Dashboard = try await analytics.call(
                .get, "/api/v1/analytics/dashboard", as: .finance
            ).decode()
            #expect(board.sales == 10)
            #expect(board.byMerchant.reduce(0) { $0 + $1.sales } == 10)
            #expect(try await pulse(of: analytics).totals.sales == 10)
            let customers =
                try await analytics.call(
                    .get, "/api/v1/analytics/reports/rfm", as: .finance
                ).json["rows"]?.array ?? []
            // Two are declined, and one is of nobody known.
            #expect(customers.reduce(0) { $0 + ($1["sales"]?.integer ?? 0) } == 7)
        }
    }

    @Test func theJourneyIsShownFromTheClickToThePayout() async throws {
        try await Harness.with(.database) { analytics in
            let now = analytics.clock.now()
            var story = try Story()
            story.chapters.removeAll { $0.topic != .catalogEvents }
            try story.sale(1, by: 1, shop: 1, on: 2, 2_933, ends: .credited)
            try await AnalyticsServiceTests.deliver(try story.received(at: now), to: analytics)
            var way = try #require(try await pulse(of: analytics).journey)
            #expect(way.merchant == "Bücher & Mehr" && way.network == "sandbox")
            #expect(way.steps.map(\.name) == [.clicked, .sold, .approved, .credited])
            #expect(way.steps[1].amount == (try Story.dollars(2_933)))
            #expect(way.steps[3] == .init(name: .credited, at: now, amount: try Story.dollars(147)))

            // A later sale that has not come as far does not take its place.
            let sold = story.chapters.count
            try story.sale(2, by: 2, shop: 0, on: 3, 500, ends: .pending)
            try story.payout(1, of: 1, on: 4, 100, ends: .paid)
            analytics.clock.advance(by: .seconds(5))
            let later = analytics.clock.now()
            let rest = try story.received(at: later).dropFirst(sold)
            try await AnalyticsServiceTests.deliver(Array(rest), to: analytics)
            way = try #require(try await pulse(of: analytics).journey)
            #expect(
                way.steps.map(\.name) == [.clicked, .sold, .approved, .credited, .paidOut])
            #expect(
                way.steps.last
                    == .init(name: .paidOut, at: later, amount: try Story.dollars(100)))
        }
    }

    @Test func theFurthestGivesWayOnceItIsOld() {
        let start = Story.start
        func latest(_ number: UInt64, after seconds: Int64) -> Pulse.Latest {
            Pulse.Latest(
                conversionID: ConversionID(high: 3, low: number), at: start + .seconds(seconds))
        }
        let recent = Pulse.candidates([.paidOut: latest(1, after: 0), .sold: latest(2, after: 60)])
        #expect(recent.map(\.reach) == [.paidOut, .sold])
        let old = Pulse.candidates([
            .paidOut: latest(1, after: 0), .credited: latest(3, after: 3_500),
            .sold: latest(2, after: 3_600),
        ])
        #expect(old.map(\.reach) == [.credited, .sold, .paidOut])
    }

    @Test func nothingPersonalIsShown() async throws {
        try await Harness.with(.database) { analytics in
            try await AnalyticsServiceTests.deliver(try Story().received(), to: analytics)
            let text = try await analytics.call(.get, Self.path).text
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(!text.contains(Story.user(number).description))
            }
            #expect(!text.contains("user") || text.contains("user-events"))
            #expect(!text.contains("email"))
        }
    }

    @Test func itIsMadeOnceASecond() async throws {
        try await Harness.with(.database) { analytics in
            #expect(try await pulse(of: analytics).totals.people == 0)
            try await AnalyticsServiceTests.deliver(try Story().received(), to: analytics)
            #expect(try await pulse(of: analytics).totals.people == 0)
            analytics.clock.advance(by: .seconds(1))
            #expect(try await pulse(of: analytics).totals.people == 3)
        }
    }
}
