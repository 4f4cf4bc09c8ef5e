import Foundation
import JSON
import Testing

/// The platform's own checkout, from a cart of nobody's to the last cent and the last message, by a
/// client that shares no code with the platform.
@Suite(.serialized, .livePlatform, .timeLimit(.minutes(10))) struct CheckoutTests {
    private func platform() throws -> LivePlatform { try #require(LivePlatform.current) }

    private func conversion(
        of person: LivePerson, in state: String, clawedBack: Int64 = 0
    ) async throws -> JSONValue {
        try await Eventually.some {
            let list = try await person.client.call("GET", "/api/v1/cashback/conversions")
            return list.json["items"]?.array?.first {
                $0["state"]?.string == state
                    && $0["clawed_back"]?["amount_minor"]?.integer == clawedBack
            }
        }
    }

    private func messages(to person: LivePerson, atLeast count: Int) async throws -> [JSONValue] {
        try await Eventually.some {
            let list = try await person.client.call(
                "GET", "/api/v1/notifications?state=all&limit=100")
            return list.json["items"]?.array.flatMap { $0.count < count ? nil : $0 }
        }
    }

    @Test func aPersonBuysAndIsToldOfEverythingOnce() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform)
        let person = try await LivePerson.registered("ada", on: platform)
        let socket = try await LiveSocket(person.client)
        try await person.deposit(10_000)

        // A cart of nobody's becomes hers.
        let stranger = LiveClient(gateway: platform.gateway)
        let cart = try await stranger.call("POST", "/api/v1/carts")
        let id = try #require(cart.json["id"]?.string, "\(cart.json)")
        let token = try #require(cart.json["token"]?.string)
        let line = try await stranger.call(
            "PUT", "/api/v1/carts/\(id)/lines/\(shop.product)", ["quantity": 2],
            headers: ["Cart-Token": token])
        #expect(line.status == 200, "\(line.json)")
        let merged = try await person.client.call(
            "POST", "/api/v1/cart/merge", ["cart_id": .string(id), "token": .string(token)])
        #expect(merged.json["total"]?["amount_minor"] == 4_000, "\(merged.json)")

        let click = try await Eventually.some {
            let answer = try await person.client.call("GET", "/go/\(shop.offer)")
            return answer.headers["location"]?.split(separator: "=").last.map(String.init)
        }
        let checkout = try await shop.checkOut(2, person.client, click: click)
        #expect(checkout["state"] == "completed", "\(checkout)")
        let order = try #require(checkout["order_id"]?.string)
        let pending = try await conversion(of: person, in: "pending")
        #expect(pending["cashback"]?["amount_minor"] == 400)
        let done = try await shop.admin.call("POST", "/api/v1/orders/\(order)/fulfil")
        #expect((200..<300).contains(done.status), "\(done.json)")
        _ = try await conversion(of: person, in: "credited")

        // Behind the last message she heard nothing is lost and nothing comes twice.
        let heard = socket.ids
        await socket.leave()
        let refund = try await shop.admin.call(
            "POST", "/api/v1/orders/\(order)/refunds",
            [
                "lines": [["product_id": .string(shop.product), "quantity": 1]],
                "reason": "one was broken",
            ])
        #expect(refund.status == 201, "\(refund.json)")
        _ = try await conversion(of: person, in: "credited", clawedBack: 200)
        let again = try await LiveSocket(person.client, after: socket.cursor)
        let told = [
            "welcome", "deposit_settled", "order_paid", "cashback_pending", "order_fulfilled",
            "cashback_credited", "order_refunded", "cashback_clawed_back",
        ]
        let items = try await messages(to: person, atLeast: told.count)
        #expect(items.compactMap { $0["type"]?.string }.sorted() == told.sorted())
        // The welcome may have been said before she listened.
        try await Eventually.holds { heard.count + again.ids.count >= told.count - 1 }
        let ids = Set(items.compactMap { $0["id"]?.string })
        #expect(Set(heard).isDisjoint(with: again.ids))
        #expect(ids.isSuperset(of: heard) && ids.isSuperset(of: again.ids))

        try await Eventually.holds { try await person.balance() == 10_000 - 4_000 + 400 + 1_800 }
        let mail = try await person.mail(on: platform)
        let names = mail.compactMap { message in
            message["headers"]?.array?.first {
                $0["name"]?.string?.lowercased() == "message-id"
            }?["value"]?.string
        }
        #expect(names.count == mail.count && Set(names).count == names.count)
        await again.leave()
    }

    @Test func theSameCheckoutAgainIsTheSameOrder() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform, stock: 5)
        let person = try await LivePerson.registered("twice", on: platform)
        try await person.deposit(50_000)
        try await shop.fill(1, person.client)
        let body: JSONValue = [
            "expected_total": ["amount_minor": .integer(LiveShop.price), "currency": "USD"]
        ]
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for key in ["same", "same", "same", "other", "third"] {
                group.addTask {
                    try await person.client.call(
                        "POST", "/api/v1/checkouts", body,
                        headers: ["Idempotency-Key": key, "Prefer": "wait=10"]
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 < 500 }, "\(statuses)")
        try await Eventually.holds {
            try await person.balance() == 50_000 - LiveShop.price
        }
        let orders = try await person.client.call("GET", "/api/v1/orders")
        #expect(orders.json["items"]?.array?.count == 1)
        let product = try await shop.admin.call("GET", "/api/v1/products/\(shop.product)")
        #expect(product.json["available"] == 4)
    }

    @Test func whatCannotBePaidHoldsNothing() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform, stock: 3)
        let person = try await LivePerson.registered("poor", on: platform)
        try await person.deposit(100)
        try await shop.fill(3, person.client)
        let failed = try await shop.checkOut(3, person.client)
        #expect(failed["state"] == "failed" && failed["reason"] == "insufficient_funds")
        try await Eventually.holds {
            let product = try await shop.admin.call("GET", "/api/v1/products/\(shop.product)")
            return product.json["available"] == 3
        }
        let balance = try await person.client.call("GET", "/api/v1/wallet/balance?currency=USD")
        #expect(balance.json["available_minor"] == 100 && balance.json["held_minor"] == 0)
    }

    @Test func aCancelledOrderGivesEverythingBack() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform, stock: 3)
        let person = try await LivePerson.registered("fickle", on: platform)
        try await person.deposit(6_000)
        try await shop.fill(2, person.client)
        let checkout = try await shop.checkOut(2, person.client)
        let order = try #require(checkout["order_id"]?.string)
        let cancelled = try await person.client.call(
            "POST", "/api/v1/orders/\(order)/cancel", ["reason": "changed_mind"])
        #expect((200..<300).contains(cancelled.status), "\(cancelled.json)")
        try await Eventually.holds { try await person.balance() == 6_000 }
        _ = try await conversion(of: person, in: "declined")
        let late = try await shop.admin.call("POST", "/api/v1/orders/\(order)/fulfil")
        #expect(late.status == 409, "\(late.json)")
    }

    /// One of two replicas is killed while people shop.
    @Test func aKilledReplicaIsNotNoticed() async throws {
        let platform = try platform()
        let pair = try LivePair("order", on: platform)
        try await pair.start()
        let client = LiveClient(gateway: pair.gateway)
        let state = try await client.call("GET", "/api/v1/platform")
        let orders = state.json["services"]?.array?.first { $0["name"] == "order" }
        #expect(orders?["replicas"]?.array?.count == 2, "\(state.json)")
        for round in 0..<40 {
            if round == 10 { pair.killReplica() }
            let cart = try await client.call("GET", "/api/v1/orders")
            #expect(cart.status == 401, "round \(round): \(cart.json)")
        }
        let cart = try await client.call("POST", "/api/v1/carts")
        #expect(cart.status == 201, "\(cart.json)")
        await pair.stop()
    }
}
