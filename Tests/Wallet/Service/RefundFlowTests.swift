internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Refunds of orders") struct RefundFlowTests {
    let order = HarnessCaller.service("order")

    /// A hold of this much, captured whole.
    func captured(_ world: WalletWorld, _ cents: Int64) async throws -> String {
        let placed = try await world.wallet.call(
            .post, "/internal/v1/holds", as: order,
            body: [
                "owner": .string("\(WalletWorld.user)"),
                "amount": ["amount_minor": .integer(cents), "currency": "USD"],
                "reason": "order-1", "expires_in_seconds": 600,
            ])
        let id = try #require(placed.json["id"]?.string)
        let answer = try await world.wallet.call(
            .post, "/internal/v1/holds/\(id)/capture", as: order,
            body: ["amount": ["amount_minor": .integer(cents), "currency": "USD"]])
        #expect(answer.json["state"]?.string == "captured")
        return id
    }

    func refund(
        _ world: WalletWorld, _ hold: String, _ number: UInt64, _ cents: Int64,
        as caller: HarnessCaller? = nil
    ) async throws -> HarnessResponse {
        let id: RefundID = identifier(number)
        return try await world.wallet.call(
            .post, "/internal/v1/holds/\(hold)/refund", as: caller ?? order,
            body: [
                "refund_id": .string("\(id)"), "reason": "item_returned",
                "amount": ["amount_minor": .integer(cents), "currency": "USD"],
            ])
    }

    @Test func `captured money goes back in parts, each once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let hold = try await captured(world, 800)
            for _ in 0..<2 {
                let answer = try await refund(world, hold, 11, 300)
                #expect(answer.status == .ok)
                #expect(answer.json["refunded"]?["amount_minor"]?.integer == 300)
                #expect(try await world.balance() == [500, 0, 0])
            }
            #expect(try await refund(world, hold, 11, 301).faults == ["/refund_id"])
            #expect(try await refund(world, hold, 12, 501).faults == ["/amount/amount_minor"])
            #expect(try await refund(world, hold, 12, 500).status == .ok)
            #expect(try await world.balance() == [1_000, 0, 0])
            let read = try await world.wallet.call(.get, "/internal/v1/holds/\(hold)", as: order)
            #expect(read.json["state"]?.string == "captured")
            #expect(read.json["refunds"]?.array?.count == 2)
            let posted = try await world.wallet.published(WalletTransactionPosted.self)
            #expect(
                posted.filter { $0.kind == "order_refund" }.map(\.reference) == [
                    "order-1", "order-1",
                ])
            let totals = try await world.totals()
            #expect(totals["captured_minor"]?.integer == 800)
            #expect(totals["refunded_minor"]?.integer == 800)
            #expect(totals["sum_minor"]?.integer == 0)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a refund repays what its owner owes first`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let hold = try await captured(world, 1_000)
            try await world.wallet.deliver(
                CashbackConversionClawedBack(
                    conversionID: identifier(501), merchantID: identifier(3),
                    userID: WalletWorld.user, amount: try usd(400), reason: "item_returned"),
                of: .cashbackEvents)
            #expect(try await world.balance() == [0, 0, 400])
            _ = try await refund(world, hold, 11, 300)
            #expect(try await world.balance() == [0, 0, 100])
            _ = try await refund(world, hold, 12, 700)
            #expect(try await world.balance() == [600, 0, 0])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `holds that are open, of others or of withdrawals are not refunded`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            _ = try await world.approvedWithdrawal(500)
            for event in try await world.wallet.events() where event.type == HoldPlaced.eventType {
                #expect(
                    try await refund(world, String(event.stream.key), 11, 1).problem == "not-found")
            }
            let nothing: HoldID = identifier(99)
            #expect(try await refund(world, "\(nothing)", 11, 1).problem == "not-found")
            try await world.credit(900, conversion: 502)
            let hold = try await captured(world, 100)
            for caller in [
                HarnessCaller.none, .customer(WalletWorld.user), .admin, .service("cashback"),
            ] {
                let answer = try await refund(world, hold, 11, 1, as: caller)
                #expect([401, 403].contains(answer.status.code))
            }
        }
    }

    @Test func `cashback of own orders is paid by the settlement, which gets it back`()
        async throws
    {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let hold = try await captured(world, 1_000)
            try await world.wallet.deliver(
                CashbackConversionApproved(
                    conversionID: identifier(601), merchantID: identifier(3),
                    userID: WalletWorld.user, sale: try usd(1_000), cashback: try usd(50),
                    reason: "order_fulfilled", network: "souk"), of: .cashbackEvents)
            #expect(try await world.balance() == [50, 0, 0])
            #expect(try await purpose("settlement", world) == 950)
            // The refund is ahead of its clawback: meanwhile the shop owes it.
            _ = try await refund(world, hold, 11, 1_000)
            #expect(try await purpose("settlement", world) == -50)
            try await world.wallet.deliver(
                CashbackConversionClawedBack(
                    conversionID: identifier(601), merchantID: identifier(3),
                    userID: WalletWorld.user, amount: try usd(50), reason: "order_refunded"),
                of: .cashbackEvents)
            #expect(try await purpose("settlement", world) == 0)
            #expect(try await purpose("network_receivable", world) == -1_000)
            #expect(try await world.balance() == [1_000, 0, 0])
            let totals = try await world.totals()
            #expect(totals["cashback_credited_minor"]?.integer == 1_050)
            #expect(totals["clawed_back_minor"]?.integer == 50)
            #expect(totals["sum_minor"]?.integer == 0)
            #expect(try await world.violations().isEmpty)
        }
    }

    func purpose(_ name: String, _ world: WalletWorld) async throws -> Int64? {
        try await world.totals()["purposes"]?.array?
            .first { $0["purpose"]?.string == name }?["balance_minor"]?.integer
    }

    @Test func `a refund that was changed in the log is found`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let hold = try await captured(world, 800)
            _ = try await refund(world, hold, 11, 300)
            try await world.tamper("wallet.hold_refunded", "300", "900")
            let found = try await world.violations()
            #expect(found.contains { $0.contains("exceeds what hold \(hold) captured") })
            #expect(found.contains { $0.contains("is not what its refund says") })
        }
    }

    @Test func `cashback on the wrong account is found`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            try await world.tamper(
                "wallet.cashback_approval_noted", "network_receivable", "settlement")
            let found = try await world.violations()
            #expect(found.contains { $0.contains("is not on the account that pays") })
        }
    }
}
