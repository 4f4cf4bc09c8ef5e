import Database
import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import OrderService

@Suite("The end of guests' carts", .timeLimit(.minutes(10))) struct CartEndTests {
    private let flow = CartFlowTests()

    @Test func `a guest's cart that is left alone ends, told once with its lines`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let cart = try await flow.guest(world)
            let id = try #require(CartID(String(cart.path.dropFirst("/api/v1/carts/".count))))
            func due() async throws -> Timestamp? {
                try await world.order.context.pool.query(
                    "select due from timer where kind = \(Carts.timer) and key = \(id.description)"
                ).first?.get("due")
            }
            let lifetime = world.order.context.configuration[OrderService.guestCartLifetime]
            #expect(lifetime == .seconds(30 * 86_400))
            #expect(try await due() == world.order.clock.now() + lifetime)
            // Each change keeps it for another lifetime.
            world.order.clock.advance(by: .seconds(3_600))
            _ = try await flow.put(world, cart, OrderWorld.disc, 2)
            #expect(try await due() == world.order.clock.now() + lifetime)

            let time = world.order.clock.now() + lifetime
            for _ in 0..<2 {
                try await ring(world, id, at: time)
            }
            let told = try await world.order.published(OrderCartAbandoned.self)
            let line = AbandonedLine(
                productID: OrderWorld.disc, merchantID: OrderWorld.merchant, quantity: 2,
                unitPrice: try usd(1_499))
            #expect(told == [OrderCartAbandoned(cartID: id, lines: [line], abandonedAt: time)])
            let shown = try await world.order.call(
                .get, cart.path, headers: ["Cart-Token": cart.token])
            #expect(shown.json["state"]?.string == "closed")
            #expect(try await flow.put(world, cart, OrderWorld.disc, 1).problem == "cart-closed")
        }
    }

    @Test func `neither a merged cart nor a person's is ever abandoned`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let cart = try await flow.guest(world)
            _ = try await flow.put(world, cart, OrderWorld.disc, 1)
            let id = try #require(CartID(String(cart.path.dropFirst("/api/v1/carts/".count))))
            let merged = try await world.order.call(
                .post, "/api/v1/cart/merge", as: .customer(OrderWorld.user),
                body: ["cart_id": .string("\(id)"), "token": .string(cart.token)])
            #expect(merged.status == .ok)
            let timers = try await world.order.context.pool.query(
                "select key from timer where kind = \(Carts.timer)")
            #expect(timers.isEmpty)
            for cart in [id, CheckoutNames.cart(of: OrderWorld.user)] {
                try await ring(world, cart, at: world.order.clock.now())
            }
            #expect(try await world.order.published(OrderCartAbandoned.self).isEmpty)
            #expect(try await world.cart().json["lines"]?[0]?["quantity"] == 1)
        }
    }

    /// As the timer's worker does.
    private func ring(_ world: OrderWorld, _ cart: CartID, at time: Timestamp) async throws {
        let due = DueTimer(
            kind: Carts.timer, key: "\(cart)", due: time, now: time, payload: [])
        try await world.order.store.commit(
            CommandContext(correlationID: world.order.ids.next())
        ) { unit in try await Carts.expiry.handle(due, unit) }
    }
}
