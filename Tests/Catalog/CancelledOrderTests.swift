import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

/// What a cancelled order took is in stock again, once, however the news of it comes.
@Suite struct CancelledOrderTests {
    private static let order: OrderID = SequentialIdentifiers.identifier(7_001)

    private func cancelled(_ order: OrderID = order) -> OrderCancelled {
        OrderCancelled(
            orderID: order, userID: SequentialIdentifiers.identifier(1),
            reason: "requested_by_customer", cancelledAt: Timestamp(seconds: 1_767_225_600))
    }

    private func reserve(
        _ shop: Shop, _ product: String, _ quantity: Int64, for order: OrderID? = order
    ) async throws -> String {
        var body: JSONObject = [
            "product_id": .string(product), "quantity": .integer(quantity),
            "expires_in_seconds": 60,
        ]
        if let order { body["order_id"] = .string("\(order)") }
        let made = try await shop.harness.call(
            .post, "/internal/v1/reservations", as: .service("order"), body: .object(body))
        return try #require(made.json["id"]?.string)
    }

    private func end(_ shop: Shop, _ id: String, _ how: String) async throws -> HarnessResponse {
        try await shop.harness.call(
            .post, "/internal/v1/reservations/\(id)/\(how)", as: .service("order"))
    }

    private func stock(_ shop: Shop, _ product: String) async throws -> [JSONValue?] {
        await shop.harness.settle()
        let shown = try await shop.get("/api/v1/products/\(product)")
        return [shown["stock"], shown["available"]]
    }

    @Test(arguments: [ServiceHarness<CatalogService>.Storage.memory, .database])
    func everythingSoldComesBackOnce(_ storage: CatalogHarness.Storage) async throws {
        try await CatalogHarness.with(storage) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let discs = try await shop.product(of: merchant, "Compact disc", stock: 5)
            let books = try await shop.product(of: merchant, "Book", stock: 2)
            let others = try await reserve(shop, discs, 1, for: SequentialIdentifiers.identifier(2))
            let nobodys = try await reserve(shop, discs, 1, for: nil)
            for id in [
                try await reserve(shop, discs, 2), try await reserve(shop, books, 2), others,
                nobodys,
            ] {
                #expect(try await end(shop, id, "fulfil").json["state"] == "fulfilled")
            }
            let delivery: EventID = harness.ids.next()
            for id in [delivery, delivery, harness.ids.next()] {
                try await harness.deliver(cancelled(), of: .orderEvents, id: id)
            }
            let back = try await harness.events().filter {
                $0.type == StockReturned.eventType
            }
            #expect(back.count == 2)
            guard storage == .database else { return }
            #expect(try await stock(shop, discs) == [3, 3])
            #expect(try await stock(shop, books) == [2, 2])
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func whatIsSoldAfterTheNewsComesBackAtOnce() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 1)
            let id = try await reserve(shop, product, 1)
            try await harness.deliver(cancelled(), of: .orderEvents)
            #expect(try await stock(shop, product) == [1, 0])
            #expect(try await end(shop, id, "fulfil").json["state"] == "returned")
            #expect(try await end(shop, id, "fulfil").problem == "reservation-ended")
            #expect(try await end(shop, id, "release").status == 200)
            try await harness.deliver(cancelled(), of: .orderEvents)
            #expect(try await stock(shop, product) == [1, 1])
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func whatWasGivenBackBeforeDoesNotComeBackAgain() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 2)
            let released = try await reserve(shop, product, 1)
            #expect(try await end(shop, released, "release").json["state"] == "released")
            _ = try await reserve(shop, product, 1)
            try await harness.deliver(cancelled(), of: .orderEvents)
            #expect(try await stock(shop, product) == [2, 1])
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func fiftyBuyersAndCancellationsAtOnceNeverGetMoreThanThereIs() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let product = try await shop.product(
                of: try await shop.merchant(), "Compact disc", stock: 10)
            let sold = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    let order: OrderID = SequentialIdentifiers.identifier(UInt64(9_000 + number))
                    group.addTask {
                        let made = try await harness.call(
                            .post, "/internal/v1/reservations", as: .service("order"),
                            body: [
                                "product_id": .string(product), "quantity": 1,
                                "order_id": .string("\(order)"), "expires_in_seconds": 60,
                            ])
                        guard let id = made.json["id"]?.string else { return false }
                        async let answer = end(shop, id, "fulfil")
                        if number.isMultiple(of: 2) {
                            try await harness.deliver(
                                cancelled(order), of: .orderEvents, key: "order-\(order)")
                        }
                        return try await answer.status == 200 && !number.isMultiple(of: 2)
                    }
                }
                return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
            }
            let left = JSONValue.integer(Int64(10 - sold))
            #expect(try await stock(shop, product) == [left, left])
            #expect(try await shop.violations().isEmpty)
        }
    }
}
