import Database
import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

/// What is published at a time is the version that was named, and nothing else.
@Suite(.timeLimit(.minutes(10))) struct ScheduleTests {
    private func timer(_ desk: Desk) async throws -> DueTimer? {
        let rows = try await desk.harness.context.pool.query(
            "select kind, key, due, payload from timer")
        return try rows.first.map { row in
            DueTimer(
                kind: try row.get("kind"), key: try row.get("key"), due: try row.get("due"),
                now: try row.get("due"),
                payload: Array(try row.get("payload", as: String.self).utf8))
        }
    }

    /// Hands a timer to its handler at a time, as the runner does.
    private func ring(_ timer: DueTimer, at now: Timestamp, _ desk: Desk) async throws {
        let handler = try #require(
            desk.harness.blueprint.timers.first { $0.kind == timer.kind })
        let due = DueTimer(
            kind: timer.kind, key: timer.key, due: timer.due, now: now, payload: timer.payload)
        try await desk.harness.store.commit(
            CommandContext(correlationID: desk.harness.ids.next())
        ) { unit in try await handler.handle(due, unit) }
        await desk.harness.settle()
    }

    @Test func laterWritingDoesNotChangeWhatGoesLive() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "As agreed.")
            let at = desk.harness.clock.now() + .seconds(3_600)
            let planned = try await desk.act(
                on: page, "/schedule", body: ["version": 1, "at": .string(at.description)])
            #expect(planned.json["schedule"]?["version"] == 1)
            _ = try await desk.act(
                .put, on: page,
                body: Desk.content("elsewhere", title: "Z", body: "Second thoughts."))
            let list = try await desk.harness.call(.get, "/api/v1/pages/schedules", as: .admin)
            #expect(list.json["items"]?[0]?["schedule"]?["at"]?.string == at.description)
            #expect(try await desk.violations().isEmpty)

            let timer = try #require(try await timer(desk))
            #expect(timer.due == at)
            try await ring(timer, at: at - .milliseconds(1), desk)
            #expect(try await desk.get("/pages/offers").status == 404)
            try await ring(timer, at: at, desk)
            let live = try await desk.get("/pages/offers")
            #expect(live.text.contains("As agreed.") && live.text.contains("Offers of the day"))
            let now = try await desk.harness.call(.get, desk.path(page), as: .admin).json
            #expect(now["published"]?["version"] == 1 && now["version"] == 2)
            #expect(now["schedule"] == nil)
            // A timer that rings twice does nothing the second time.
            let count = try await desk.harness.events().count
            try await ring(timer, at: at + .seconds(1), desk)
            #expect(try await desk.harness.events().count == count)
        }
    }

    @Test func aScheduleIsReplacedAndGivenUp() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            let at = desk.harness.clock.now() + .seconds(60)
            _ = try await desk.act(
                on: page, "/schedule", body: ["version": 1, "at": .string(at.description)])
            let first = try #require(try await timer(desk))
            _ = try await desk.act(.put, on: page, body: Desk.content("offers", body: "y"))
            let later = at + .seconds(60)
            _ = try await desk.act(
                on: page, "/schedule", body: ["version": 2, "at": .string(later.description)])
            #expect(try await timer(desk)?.due == later)
            try await ring(first, at: later, desk)
            #expect(try await desk.get("/pages/offers").status == 404)
            let given = try await desk.act(.delete, on: page, "/schedule")
            #expect(given.status == 200 && given.json["schedule"] == nil)
            #expect(try await timer(desk) == nil)
            let list = try await desk.harness.call(.get, "/api/v1/pages/schedules", as: .admin)
            #expect(list.json["items"] == [])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func publishingByHandOrPuttingAwayEndsTheSchedule() async throws {
        try await Desk.with { desk in
            for (slug, action, body) in [
                ("a", "/publish", ["version": 1] as JSONValue), ("b", "/archive", [:]),
            ] {
                let page = try await desk.begin("pages", slug)
                let at = desk.harness.clock.now() + .seconds(60)
                _ = try await desk.act(
                    on: page, "/schedule", body: ["version": 1, "at": .string(at.description)])
                #expect(try await desk.act(on: page, action, body: body).status == 200)
                #expect(try await timer(desk) == nil)
            }
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func theRunnerPublishesByTheDatabasesClock() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            // In the past of the database, and in the future of the test's clock.
            let at = desk.harness.clock.now() + .seconds(60)
            _ = try await desk.act(
                on: page, "/schedule", body: ["version": 1, "at": .string(at.description)])
            let store = try #require(desk.harness.store as? PostgresEventStore)
            let runner = TimerRunner(
                store: store, handlers: desk.harness.blueprint.timers,
                loop: desk.harness.context.loop, logger: desk.harness.context.logger,
                metrics: desk.harness.context.metrics)
            #expect(try await runner.handleDue() == 1)
            await desk.harness.settle()
            #expect(try await desk.get("/pages/offers").status == 200)
            #expect(try await timer(desk) == nil)
            #expect(try await desk.violations().isEmpty)
        }
    }
}
