internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Holds for other services") struct HoldFlowTests {
    let order = HarnessCaller.service("order")

    func place(_ world: WalletWorld, _ cents: Int64) async throws -> HarnessResponse {
        try await world.wallet.call(
            .post, "/internal/v1/holds", as: order,
            body: [
                "owner": .string("\(WalletWorld.user)"),
                "amount": ["amount_minor": .integer(cents), "currency": "USD"],
                "reason": "order-1", "expires_in_seconds": 600,
            ])
    }

    @Test func `a part is captured, the rest goes back`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let id = try #require(try await place(world, 800).json["id"]?.string)
            #expect(try await world.balance() == [200, 800, 0])
            let tooMuch = try await world.wallet.call(
                .post, "/internal/v1/holds/\(id)/capture", as: order,
                body: ["amount": ["amount_minor": 801, "currency": "USD"]])
            #expect(tooMuch.faults == ["/amount/amount_minor"])
            let captured = try await world.wallet.call(
                .post, "/internal/v1/holds/\(id)/capture", as: order,
                body: ["amount": ["amount_minor": 500, "currency": "USD"]])
            #expect(captured.json["state"]?.string == "captured")
            #expect(try await world.balance() == [500, 0, 0])
            let again = try await world.wallet.call(
                .post, "/internal/v1/holds/\(id)/release", as: order)
            #expect(again.problem == "wrong-state")
            // Its timer is gone.
            world.advance(.seconds(601))
            #expect(try await world.runTimers() == 0)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a hold is released, or ends by itself`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let first = try #require(try await place(world, 300).json["id"]?.string)
            let second = try #require(try await place(world, 400).json["id"]?.string)
            #expect(try await place(world, 301).problem == "insufficient-funds")
            _ = try await world.wallet.call(
                .post, "/internal/v1/holds/\(first)/release", as: order)
            #expect(try await world.balance() == [600, 400, 0])
            world.advance(.seconds(600))
            try await world.runTimers()
            #expect(try await world.balance() == [1_000, 0, 0])
            let expired = try await world.wallet.call(
                .get, "/internal/v1/holds/\(second)", as: order)
            #expect(expired.json["state"]?.string == "expired")
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `people and other services have no say`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let id = try #require(try await place(world, 300).json["id"]?.string)
            for caller in [
                HarnessCaller.none, .customer(WalletWorld.user), .admin, .service("cashback"),
            ] {
                let answer = try await world.wallet.call(
                    .post, "/internal/v1/holds/\(id)/release", as: caller)
                #expect([401, 403].contains(answer.status.code))
            }
            #expect(try await world.balance() == [700, 300, 0])
        }
    }
}
