import Database
import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

/// Pieces that are set aside: never more than there are, and not for ever.
@Suite struct ReservationTests {
    @Test func fiftyAtOnceGetTheTenThatAreThere() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 10)
            let answers = try await withThrowingTaskGroup(of: HarnessResponse.self) { group in
                for _ in 0..<50 { group.addTask { try await shop.reserve(product) } }
                var all: [HarnessResponse] = []
                for try await response in group { all.append(response) }
                return all
            }
            #expect(answers.filter { $0.status == 201 }.count == 10)
            #expect(answers.filter { $0.problem == "out-of-stock" }.count == 40)
            let shown = try await shop.get("/api/v1/products/\(product)")
            #expect(shown["stock"] == 10 && shown["available"] == 0)
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func piecesAreSoldOrGivenBack() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 3)
            let sold = try await shop.reserve(product, 2)
            let back = try await shop.reserve(product, 1)
            let path = "/internal/v1/reservations"
            func end(_ response: HarnessResponse, _ how: String) async throws -> HarnessResponse {
                try await harness.call(
                    .post, "\(path)/\(response.json["id"]?.string ?? "")/\(how)",
                    as: .service("order"))
            }
            #expect(try await end(sold, "fulfil").json["state"] == "fulfilled")
            #expect(try await end(sold, "fulfil").problem == "reservation-ended")
            #expect(try await end(back, "release").json["state"] == "released")
            #expect(try await end(back, "release").status == 200)
            #expect(try await end(back, "fulfil").problem == "reservation-ended")
            let shown = try await shop.get("/api/v1/products/\(product)")
            #expect(shown["stock"] == 1 && shown["available"] == 1)

            let below = try await shop.reserve(product, 1)
            let counted = try await harness.call(
                .put, "/api/v1/products/\(product)/stock", as: .admin, body: ["quantity": 0])
            #expect(counted.problem == "stock-below-reserved")
            _ = try await end(below, "release")
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func whatIsNotSoldInTimeIsFreeAgain() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 1)
            let reserved = try await shop.reserve(product)
            let id = try #require(reserved.json["id"]?.string)
            let rows = try await harness.context.pool.query(
                "select kind, due, payload from timer where key = \(id)")
            let timer = try #require(rows.first)
            #expect(
                try timer.get("due", as: Timestamp.self)
                    == harness.clock.now() + .seconds(60))
            let handler = try #require(
                harness.blueprint.timers.first {
                    $0.kind == (try? timer.get("kind", as: String.self))
                })
            let payload = Array(try timer.get("payload", as: String.self).utf8)
            func ring(after seconds: Int) async throws {
                let due = DueTimer(
                    kind: handler.kind, key: id, due: try timer.get("due"),
                    now: harness.clock.now() + .seconds(seconds), payload: payload)
                try await harness.store.commit(
                    CommandContext(correlationID: harness.ids.next())
                ) { unit in try await handler.handle(due, unit) }
                await harness.settle()
            }
            try await ring(after: 59)
            #expect(try await shop.reserve(product).problem == "out-of-stock")
            try await ring(after: 60)
            #expect(try await shop.get("/api/v1/products/\(product)")["available"] == 1)
            harness.clock.advance(by: .seconds(61))
            let late = try await harness.call(
                .post, "/internal/v1/reservations/\(id)/fulfil", as: .service("order"))
            #expect(late.problem == "reservation-ended")
            #expect(try await shop.reserve(product).status == 201)
            #expect(try await shop.violations().isEmpty)
        }
    }
}
