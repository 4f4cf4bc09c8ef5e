internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import SandboxService
@testable internal import WalletService

@Suite("Payouts") struct PayoutTests {
    let user = WalletWorld.user

    @Test func `from the request to the recipient`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(5_000)
            let requested = try await world.withdraw(3_000)
            #expect(requested.status == .created)
            let id = try #require(requested.json["id"]?.string)
            #expect(try await world.balance() == [2_000, 3_000, 0])
            let review = try await world.wallet.call(
                .get, "/api/v1/wallet/review/withdrawals?state=requested", as: .finance)
            #expect(review.json["items"]?[0]?["id"]?.string == id)
            // Nothing leaves before finance says so.
            #expect(try await world.runTimers() == 0)
            #expect(try await world.approve(id).json["state"]?.string == "approved")
            #expect(try await world.balance() == [2_000, 0, 0])
            try await world.runTimers()
            #expect(try await world.state(id) == "submitted")
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "paid")
            #expect(try await world.totals()["paid_out_minor"]?.integer == 3_000)
            let paid = try await world.wallet.published(WalletWithdrawalPaid.self)
            #expect(paid.map(\.amount.minorUnits) == [3_000])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `events twice and the last one first pay once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var behaviour = Behaviour()
            behaviour.copies = 3
            behaviour.webhooks = .reversed
            try await world.sandbox.setBehaviour(behaviour, of: .payout)
            let id = try await world.approvedWithdrawal()
            try await world.runTimers()
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "paid")
            let kinds = try await world.wallet.published(WalletTransactionPosted.self).map(\.kind)
            #expect(kinds.filter { $0 == "withdrawal_paid" }.count == 1)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a payout that fails is its owner's again`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var behaviour = Behaviour()
            behaviour.outcome = .fail
            behaviour.reason = "account_closed"
            try await world.sandbox.setBehaviour(behaviour, of: .payout)
            let id = try await world.approvedWithdrawal()
            try await world.runTimers()
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "failed")
            #expect(try await world.balance() == [5_000, 0, 0])
            let failed = try await world.wallet.published(WalletWithdrawalFailed.self)
            #expect(failed.map(\.reason) == ["account_closed"])
            // It does not count towards the day's limit either.
            #expect(try await world.withdraw(5_000).status == .created)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a payout that the provider refuses is its owner's again`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var behaviour = Behaviour()
            behaviour.outcome = .refuse
            try await world.sandbox.setBehaviour(behaviour, of: .payout)
            let id = try await world.approvedWithdrawal()
            try await world.runTimers()
            #expect(try await world.state(id) == "failed")
            #expect(try await world.balance() == [5_000, 0, 0])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `without webhooks the wallet asks`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var behaviour = Behaviour()
            behaviour.webhooks = .none
            try await world.sandbox.setBehaviour(behaviour, of: .payout)
            let id = try await world.approvedWithdrawal()
            for _ in 0..<6 {
                try await world.runTimers()
                try await world.deliverWebhooks()
                world.advance(.seconds(60))
            }
            #expect(try await world.state(id) == "paid")
            #expect(try await world.runTimers() == 0)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `cut off between sending and recording, it pays once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            world.line.state = .answersAreLost
            try await world.runTimers(isKept: true)
            #expect(try await world.state(id) == "approved")
            world.line.state = .down
            try await world.runTimers(isKept: true)
            world.line.state = .up
            world.advance(.seconds(600))
            for _ in 0..<3 { try await world.runTimers() }
            #expect(try await world.state(id) != "approved")
            let payments = try await world.sandbox.payments(after: nil, limit: 10)
            #expect(payments.count == 1)
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "paid")
            #expect(try await world.totals()["paid_out_minor"]?.integer == 5_000)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `limits follow the level of the person`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(50_000)
            #expect(try await world.withdraw(100).problem == "daily-limit-exceeded")
            try await world.verify(level: 1)
            #expect(try await world.withdraw(10_001).problem == "daily-limit-exceeded")
            #expect(try await world.withdraw(10_000).status == .created)
            #expect(try await world.withdraw(1).problem == "daily-limit-exceeded")
            world.advance(.seconds(86_400))
            #expect(try await world.withdraw(1).status == .created)
            try await world.verify(level: 3)
            #expect(try await world.withdraw(50_000).problem == "insufficient-funds")
        }
    }

    @Test func `who decides is finance, and nobody about their own`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(1_000)
            let id = try #require(try await world.withdraw(400).json["id"]?.string)
            for caller in [HarnessCaller.customer(user), .admin, .support] {
                #expect(try await world.approve(id, as: caller).status == .forbidden)
            }
            let own = HarnessCaller.person(
                .init(userID: user, roles: [.finance], sessionID: identifier(9)))
            #expect(try await world.approve(id, as: own).problem == "approver-is-owner")
            let rejected = try await world.wallet.call(
                .post, "/api/v1/wallet/review/withdrawals/\(id)/reject", as: .finance,
                body: ["reason": "name does not match"])
            #expect(rejected.json["state"]?.string == "rejected")
            #expect(try await world.balance() == [1_000, 0, 0])
            #expect(try await world.approve(id).problem == "wrong-state")
        }
    }

    @Test func `a repeat with the same key asks once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(1_000)
            let body: JSONValue = [
                "amount": ["amount_minor": 400, "currency": "USD"],
                "destination": ["kind": "iban", "value": "GB82 WEST 1234 5698 7654 32"],
            ]
            var ids: [String?] = []
            for _ in 0..<2 {
                let answer = try await world.wallet.call(
                    .post, "/api/v1/wallet/withdrawals", as: .customer(user), body: body, key: "k")
                ids.append(answer.json["id"]?.string)
            }
            #expect(ids[0] == ids[1])
            #expect(try await world.balance() == [600, 400, 0])
            let log = try await world.wallet.events().map {
                String(decoding: try $0.payload, as: UTF8.self)
            }
            #expect(!log.contains { $0.contains("GB82") })
        }
    }
}
