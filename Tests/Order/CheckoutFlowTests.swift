import Database
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import OrderService

@Suite("Checkouts over HTTP", .timeLimit(.minutes(10))) struct CheckoutFlowTests {
    @Test func `what is in the cart becomes an order that is paid once`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            let answer = try await world.checkout(2_998, key: "one")
            #expect(answer.status == .accepted)
            #expect(answer.headers["Preference-Applied"] == "wait=10")
            #expect(answer.json["state"]?.string == "completed")
            #expect(
                answer.json["steps"]?.array?.compactMap { $0["name"]?.string }
                    == ["started", "confirmed", "held", "placed", "paid", "completed"])
            let seen = world.neighbours.now
            #expect(seen.available(OrderWorld.user) == 10_000 - 2_998)
            #expect(seen.products[OrderWorld.disc]?.stock == 8)
            #expect(try await world.cart().json["lines"]?.array?.isEmpty == true)
            // The same request again finds the same checkout, another finds an empty cart.
            let again = try await world.checkout(2_998, key: "one")
            #expect(again.json["id"] == answer.json["id"])
            #expect(try await world.checkout(2_998).problem == "cart-empty")
            let id = try #require(answer.json["order_id"]?.string)
            let order = try await world.read("/api/v1/orders/\(id)")
            #expect(order.json["state"]?.string == "paid")
            #expect(order.json["next"]?.array?.count == 3)
            #expect(
                try await world.read("/api/v1/orders/\(id)", as: .customer(OrderWorld.other))
                    .status == .notFound)
            await world.order.settle()
            let list = try await world.read("/api/v1/orders")
            #expect(list.json["items"]?[0]?["id"]?.string == id)
            let paid = try await world.order.published(OrderPaid.self)
            #expect(paid.map(\.total) == [try usd(2_998)])
            #expect(try await world.runTimers(after: .seconds(100)) == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test(arguments: [
        ("price_changed", 2_000 as Int64), ("insufficient_funds", 2_998), ("out_of_stock", 2_998),
    ])
    func `a checkout that fails leaves nothing behind`(
        reason: String, total: Int64
    ) async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            world.neighbours.change { state in
                if reason == "insufficient_funds" { state.balances[OrderWorld.user] = 5 }
                if reason == "out_of_stock" { state.products[OrderWorld.disc]?.stock = 1 }
            }
            let answer = try await world.checkout(total)
            #expect(answer.json["state"]?.string == "failed")
            #expect(answer.json["reason"]?.string == reason)
            let seen = world.neighbours.now
            #expect(seen.holds(of: OrderWorld.user, "open") == 0)
            #expect(seen.free(OrderWorld.disc) == seen.products[OrderWorld.disc]?.stock)
            let failed = try await world.order.published(OrderCheckoutFailed.self)
            #expect(failed.map(\.reason) == [reason])
            // The cart is as it was, and can be tried again.
            #expect(try await world.cart().json["lines"]?.array?.count == 1)
            #expect(try await world.checkout(total).status == .accepted)
            #expect(try await world.violations() == [])
        }
    }

    @Test func `a lost answer is asked for again, and nothing is taken twice`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            world.neighbours.change { state in
                state.fate = { $0.hasSuffix("/capture") ? .answerLost : .answered }
            }
            let answer = try await world.checkout(2_998)
            #expect(answer.json["state"]?.string == "placed")
            // The money is gone, and nobody here knows it.
            #expect(world.neighbours.now.holds(of: OrderWorld.user, "captured") == 1)
            let conflict = try await world.checkout(2_998)
            #expect(conflict.problem == "checkout-running")
            await world.order.settle()
            let review = try await world.read("/api/v1/checkouts/review", as: .support)
            #expect(review.json["items"]?[0]?["step"]?.string == "capture")
            #expect(review.json["items"]?[0]?["attempts"]?.integer == 1)
            // Its time passes while the wallet says nothing: it must not be cancelled.
            world.neighbours.change { state in
                state.fate = { $0.contains("holds") ? .lost : .answered }
            }
            try await world.runTimers(after: .seconds(61))
            world.neighbours.change { $0.fate = { _ in .answered } }
            try await world.runTimers(after: .seconds(61))
            let id = try #require(answer.json["id"]?.string)
            let end = try await world.read("/api/v1/checkouts/\(id)")
            #expect(end.json["state"]?.string == "completed")
            #expect(world.neighbours.now.available(OrderWorld.user) == 10_000 - 2_998)
            #expect(try await world.violations() == [])
        }
    }

    @Test func `the last pieces are its own when the answer that said so was lost`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            world.neighbours.change { state in
                state.products[OrderWorld.disc]?.stock = 2
                state.fate = { $0.hasSuffix("/reservations") ? .answerLost : .answered }
            }
            let answer = try await world.checkout(2_998)
            #expect(answer.json["state"]?.string == "started")
            #expect(world.neighbours.now.free(OrderWorld.disc) == 0)
            world.neighbours.change { $0.fate = { _ in .answered } }
            try await world.runTimers(after: .seconds(5))
            let id = try #require(answer.json["id"]?.string)
            let end = try await world.read("/api/v1/checkouts/\(id)")
            #expect(end.json["state"]?.string == "completed")
            #expect(world.neighbours.now.products[OrderWorld.disc]?.stock == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test func `it is taken up again when the program starts, before its timer`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            world.neighbours.change { state in
                state.fate = { $0.hasSuffix("/fulfil") ? .answerLost : .answered }
            }
            let answer = try await world.checkout(2_998)
            #expect(answer.json["state"]?.string == "paid")
            await world.order.settle()
            world.neighbours.change { $0.fate = { _ in .answered } }
            world.order.clock.time = try #require(
                try await world.order.context.pool.query(
                    "select clock_timestamp() + interval '5 s' as later"
                ).first?.get("later"))
            try await world.recover()
            let id = try #require(answer.json["id"]?.string)
            let end = try await world.read("/api/v1/checkouts/\(id)")
            #expect(end.json["state"]?.string == "completed")
            #expect(world.neighbours.now.products[OrderWorld.disc]?.stock == 8)
        }
    }

    @Test func `it goes back when its time is over`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            world.neighbours.change { state in
                state.fate = { $0 == "POST /internal/v1/holds" ? .answerLost : .answered }
            }
            let answer = try await world.checkout(2_998)
            #expect(answer.json["state"]?.string == "confirmed")
            #expect(world.neighbours.now.holds(of: OrderWorld.user, "open") == 1)
            world.neighbours.change { $0.fate = { _ in .answered } }
            try await world.runTimers(after: .seconds(61))
            let id = try #require(answer.json["id"]?.string)
            let end = try await world.read("/api/v1/checkouts/\(id)")
            #expect(end.json["state"]?.string == "failed")
            #expect(end.json["reason"]?.string == "timed_out")
            #expect(world.neighbours.now.holds(of: OrderWorld.user, "released") == 1)
            #expect(world.neighbours.now.free(OrderWorld.disc) == 10)
            #expect(try await world.violations() == [])
        }
    }

    @Test func `what is paid for and cannot be had is shown until somebody acts`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.book, 1)
            world.neighbours.change { state in
                state.fate = { $0.hasSuffix("/fulfil") ? .lost : .answered }
            }
            let answer = try await world.checkout(2_000)
            #expect(answer.json["state"]?.string == "paid")
            // The catalogue gives the piece up, and sells it to somebody else.
            world.neighbours.change { state in
                for name in state.reservations.keys {
                    state.reservations[name]?.state = "released"
                }
                state.products[OrderWorld.book]?.stock = 0
                state.fate = { _ in .answered }
            }
            try await world.runTimers(after: .seconds(11))
            let id = try #require(answer.json["id"]?.string)
            let review = try await world.read(
                "/api/v1/checkouts/review?state=stuck", as: .support)
            #expect(review.json["items"]?[0]?["id"]?.string == id)
            #expect(
                review.json["items"]?[0]?["last_problem"]?.string?.hasPrefix("out_of_stock")
                    == true)
            #expect(try await world.runTimers(after: .seconds(200)) <= 1)
            #expect(try await world.violations() == [])
            let path = "/api/v1/checkouts/\(id)/retry"
            #expect(
                try await world.order.call(.post, path, as: .customer(OrderWorld.user)).status
                    == .forbidden)
            world.neighbours.change { $0.products[OrderWorld.book]?.stock = 1 }
            let again = try await world.order.call(.post, path, as: .admin)
            #expect(again.json["state"]?.string == "completed")
            #expect(try await world.violations() == [])
        }
    }

    @Test func `bad requests are refused where they are wrong`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            #expect(try await world.checkout(100).problem == "cart-empty")
            #expect(try await world.checkout(0).faults == ["/expected_total/amount_minor"])
            #expect(try await world.checkout(100, key: .none).problem == "missing-idempotency-key")
            let click = try await world.order.call(
                .post, "/api/v1/checkouts", as: .customer(OrderWorld.user),
                body: [
                    "expected_total": ["amount_minor": 100, "currency": "USD"],
                    "click_id": "has blanks",
                ])
            #expect(click.faults == ["/click_id"])
            let nobody = try await world.order.call(
                .post, "/api/v1/checkouts",
                body: ["expected_total": ["amount_minor": 100, "currency": "USD"]])
            #expect(nobody.status == .unauthorized)
            #expect(
                try await world.read("/api/v1/checkouts/review").status == .forbidden)
        }
    }
}
