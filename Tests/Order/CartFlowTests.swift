import EventStore
import EventTypes
import HTTP
import JSON
import TestSupport
import Testing

@testable import OrderService

@Suite("Carts over HTTP", .timeLimit(.minutes(10))) struct CartFlowTests {
    func guest(_ world: OrderWorld) async throws -> (path: String, token: String) {
        let made = try await world.order.call(.post, "/api/v1/carts")
        #expect(made.status == .created)
        let id = try #require(made.json["id"]?.string)
        return ("/api/v1/carts/\(id)", try #require(made.json["token"]?.string))
    }

    func put(
        _ world: OrderWorld, _ cart: (path: String, token: String), _ product: ProductID,
        _ quantity: Int64
    ) async throws -> HarnessResponse {
        try await world.order.call(
            .put, "\(cart.path)/lines/\(product)", body: ["quantity": .integer(quantity)],
            headers: ["Cart-Token": cart.token])
    }

    @Test func `a guest's cart is its token's, and the log does not know the token`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let cart = try await guest(world)
            let filled = try await put(world, cart, OrderWorld.disc, 2)
            #expect(filled.json["total"]?["amount_minor"] == 2_998)
            #expect(filled.headers["ETag"] == "\"2\"")
            let wrong = ["Cart-Token": "wrong"]
            #expect(
                try await world.order.call(.get, cart.path, headers: wrong).status == .notFound)
            #expect(try await world.order.call(.get, cart.path).problem == "invalid-request")
            let own = try await world.order.call(
                .get, "/api/v1/carts/\(CheckoutNames.cart(of: OrderWorld.user))", headers: wrong)
            #expect(own.status == .notFound)
            for event in try await world.order.events() {
                let payload = String(decoding: try event.payload, as: UTF8.self)
                #expect(!payload.contains(cart.token))
            }
            let gone = try await world.order.call(
                .delete, "\(cart.path)/lines/\(OrderWorld.disc)",
                headers: ["Cart-Token": cart.token])
            #expect(gone.json["lines"]?.array?.isEmpty == true)
        }
    }

    @Test func `it is merged into its owner's once`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let cart = try await guest(world)
            _ = try await put(world, cart, OrderWorld.disc, 98)
            _ = try await put(world, cart, OrderWorld.book, 1)
            try await world.put(OrderWorld.disc, 3)
            let body: JSONValue = [
                "cart_id": .string(String(cart.path.dropFirst("/api/v1/carts/".count))),
                "token": .string(cart.token),
            ]
            for _ in 0..<2 {
                let merged = try await world.order.call(
                    .post, "/api/v1/cart/merge", as: .customer(OrderWorld.user), body: body)
                #expect(merged.json["lines"]?[0]?["quantity"] == 99)
                #expect(merged.json["lines"]?[1]?["quantity"] == 1)
                let codes = merged.json["problems"]?.array?.compactMap { $0["code"]?.string }
                #expect(codes?.contains("left_out") == true)
            }
            let other = try await world.order.call(
                .post, "/api/v1/cart/merge", as: .customer(OrderWorld.other), body: body)
            #expect(other.problem == "cart-closed")
            #expect(try await put(world, cart, OrderWorld.disc, 1).problem == "cart-closed")
        }
    }

    @Test func `changes are made to the version that was seen`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            let first = try await world.put(OrderWorld.disc, 1, headers: ["If-Match": "\"0\""])
            let tag = try #require(first.headers["ETag"])
            #expect(first.status == .ok)
            #expect(
                try await world.put(OrderWorld.disc, 2, headers: ["If-Match": tag]).status == .ok)
            let stale = try await world.put(OrderWorld.disc, 3, headers: ["If-Match": tag])
            #expect(stale.problem == "stale-version")
            #expect(try await world.cart().json["lines"]?[0]?["quantity"] == 2)
        }
    }

    @Test func `it says what has changed since`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            try await world.put(OrderWorld.book, 1)
            let price = try usd(1_600)
            world.neighbours.change { state in
                state.products[OrderWorld.disc]?.price = price
                state.products[OrderWorld.book]?.isListed = false
            }
            let cart = try await world.cart()
            #expect(cart.json["lines"]?[0]?["unit_price"]?["amount_minor"] == 1_600)
            let codes = cart.json["problems"]?.array?.compactMap { $0["code"]?.string }
            #expect(codes == ["price_changed", "product_unavailable"])
            // Without the catalogue a cart can still be looked at.
            world.neighbours.change { $0.fate = { _ in .lost } }
            let blind = try await world.cart()
            #expect(blind.json["problems"]?[0]?["code"]?.string == "not_checked")
            #expect(blind.json["lines"]?[0]?["unit_price"]?["amount_minor"] == 1_499)
        }
    }

    @Test func `wrong products and quantities are refused`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            for quantity in [0, -1, 100, Int64.max] {
                #expect(try await world.put(OrderWorld.disc, quantity).faults == ["/quantity"])
            }
            #expect(try await world.put(identifier(9_999), 1).status == .notFound)
            world.neighbours.change { $0.products[OrderWorld.book]?.isListed = false }
            #expect(try await world.put(OrderWorld.book, 1).problem == "product-delisted")
        }
    }

    @Test func `an erased person has no cart any more`() async throws {
        try await OrderWorld.with { (world: OrderWorld) async throws -> Void in
            try await world.put(OrderWorld.disc, 2)
            try await world.order.deliver(
                UserErased(userID: OrderWorld.user), of: .userEvents)
            let cart = try await world.cart()
            #expect(cart.json["state"]?.string == "closed")
            #expect(cart.json["lines"]?.array?.isEmpty == true)
            #expect(try await world.put(OrderWorld.disc, 1).problem == "cart-closed")
            #expect(try await world.checkout(1_499).problem == "cart-closed")
        }
    }
}
