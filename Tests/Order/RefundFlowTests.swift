import EventTypes
import HTTP
import JSON
import TestSupport
import Testing

@testable import OrderService

@Suite("Orders over HTTP", .timeLimit(.minutes(10))) struct RefundFlowTests {
    func refund(
        _ world: OrderWorld, _ order: String, _ line: JSONValue,
        as caller: HarnessCaller = .support, key: HarnessKey = .fresh
    ) async throws -> HarnessResponse {
        try await world.order.call(
            .post, "/api/v1/orders/\(order)/refunds", as: caller,
            body: ["lines": [line], "reason": "item_returned"], key: key)
    }

    func pieces(_ count: Int64, _ product: ProductID = OrderWorld.disc) -> JSONValue {
        ["product_id": .string("\(product)"), "quantity": .integer(count)]
    }

    @Test func `parts go back, and never more than was paid`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let order = try await world.paidOrder()
            let first = try await refund(world, order, pieces(1), key: "a")
            #expect(first.status == .created)
            #expect(first.json["state"]?.string == "refunded")
            let again = try await refund(world, order, pieces(1), key: "a")
            #expect(again.json["id"] == first.json["id"])
            #expect(world.neighbours.now.available(OrderWorld.user) == 10_000 - 1_499)
            let much = try await refund(world, order, pieces(2))
            #expect(much.faults == ["/lines/0/quantity"])
            let money: JSONValue = [
                "product_id": .string("\(OrderWorld.disc)"),
                "amount": ["amount_minor": 1_500, "currency": "USD"],
            ]
            #expect(try await refund(world, order, money).faults == ["/lines/0/amount"])
            #expect(
                try await refund(world, order, pieces(1), as: .customer(OrderWorld.user)).status
                    == .forbidden)
            let view = try await world.read("/api/v1/orders/\(order)")
            #expect(view.json["refunded"]?["amount_minor"] == 1_499)
            #expect(view.json["lines"]?[0]?["refunded_quantity"] == 1)
            let told = try await world.order.published(OrderRefunded.self)
            #expect(told.map(\.refundedTotal) == [try usd(1_499)])
            #expect(try await world.violations() == [])
        }
    }

    @Test func `a refund is told when the wallet has moved it`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let order = try await world.paidOrder()
            world.neighbours.change { state in
                state.fate = { $0.hasSuffix("/refund") ? .answerLost : .answered }
            }
            let first = try await refund(world, order, pieces(2))
            #expect(first.json["state"]?.string == "pending")
            #expect(try await world.order.published(OrderRefunded.self).isEmpty)
            await world.order.settle()
            let review = try await world.read("/api/v1/refunds/review", as: .finance)
            #expect(review.json["items"]?[0]?["attempts"] == 1)
            world.neighbours.change { $0.fate = { _ in .answered } }
            try await world.runTimers(after: .seconds(2))
            #expect(try await world.order.published(OrderRefunded.self).count == 1)
            #expect(world.neighbours.now.available(OrderWorld.user) == 10_000)
            #expect(try await world.violations() == [])
        }
    }

    @Test func `a wallet that refuses leaves it to a person`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let order = try await world.paidOrder()
            world.neighbours.change { state in
                for name in state.holds.keys { state.holds[name]?.state = "open" }
            }
            let first = try await refund(world, order, pieces(1))
            #expect(first.json["state"]?.string == "stuck")
            world.neighbours.change { state in
                for name in state.holds.keys { state.holds[name]?.state = "captured" }
            }
            let id = try #require(first.json["id"]?.string)
            let again = try await world.order.call(
                .post, "/api/v1/orders/\(order)/refunds/\(id)/retry", as: .admin)
            #expect(again.json["state"]?.string == "refunded")
        }
    }

    @Test func `its owner cancels it before it is fulfilled`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let order = try await world.paidOrder()
            _ = try await refund(world, order, pieces(1))
            let path = "/api/v1/orders/\(order)/cancel"
            #expect(
                try await world.order.call(
                    .post, path, as: .customer(OrderWorld.other), body: [:]
                ).status == .notFound)
            let bad = try await world.order.call(
                .post, path, as: .customer(OrderWorld.user), body: ["reason": "I am Jo Doe"])
            #expect(bad.faults == ["/reason"])
            for _ in 0..<2 {
                let done = try await world.order.call(
                    .post, path, as: .customer(OrderWorld.user),
                    body: ["reason": "changed_mind"])
                #expect(done.json["state"]?.string == "cancelled")
                #expect(done.json["refunded"]?["amount_minor"] == 2_998)
            }
            #expect(world.neighbours.now.available(OrderWorld.user) == 10_000)
            #expect(try await world.order.published(OrderCancelled.self).count == 1)
            let late = try await world.order.call(
                .post, "/api/v1/orders/\(order)/fulfil", as: .admin)
            #expect(late.problem == "wrong-state")
            #expect(try await world.violations() == [])
        }
    }

    @Test func `after it is fulfilled it cannot be cancelled`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let order = try await world.paidOrder()
            let path = "/api/v1/orders/\(order)"
            #expect(
                try await world.order.call(
                    .post, "\(path)/fulfil", as: .customer(OrderWorld.user)
                ).status == .forbidden)
            let done = try await world.order.call(.post, "\(path)/fulfil", as: .admin)
            #expect(done.json["state"]?.string == "fulfilled")
            let late = try await world.order.call(
                .post, "\(path)/cancel", as: .customer(OrderWorld.user), body: [:])
            #expect(late.problem == "wrong-state")
            #expect(try await refund(world, order, pieces(2)).status == .created)
            #expect(try await world.order.published(OrderFulfilled.self).count == 1)
        }
    }
}
