internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import SandboxService
@testable internal import WalletService

@Suite("Deposits") struct DepositFlowTests {
    @Test func `money that was paid in arrives once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let created = try await world.wallet.call(
                .post, "/api/v1/wallet/deposits", as: .customer(WalletWorld.user),
                body: ["amount": ["amount_minor": 2_500, "currency": "USD"]])
            #expect(created.status == .created)
            let id = try #require(created.json["id"]?.string)
            try await world.runTimers()
            let path = "/api/v1/wallet/deposits/\(id)"
            let open = try await world.wallet.call(
                .get, path, as: .customer(WalletWorld.user))
            #expect(open.json["checkout_url"]?.string?.isEmpty == false)
            #expect(try await world.balance() == [0, 0, 0])
            try await world.deliverAllWebhooks()
            world.advance(.seconds(60))
            try await world.runTimers()
            let settled = try await world.wallet.call(
                .get, path, as: .customer(WalletWorld.user))
            #expect(settled.json["state"]?.string == "settled")
            #expect(try await world.balance() == [2_500, 0, 0])
            #expect(
                try await world.wallet.call(.get, path, as: .customer(WalletWorld.other)).status
                    == .notFound)
            #expect(try await world.wallet.published(WalletDepositSettled.self).count == 1)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a closed wallet takes nothing`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.wallet.deliver(
                UserErased(userID: WalletWorld.user), of: .userEvents)
            let answer = try await world.wallet.call(
                .post, "/api/v1/wallet/deposits", as: .customer(WalletWorld.user),
                body: ["amount": ["amount_minor": 2_500, "currency": "USD"]])
            #expect(answer.problem == "account-closed")
        }
    }
}
