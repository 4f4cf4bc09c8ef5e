internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import WalletService

/// Purchases, refunds and cashback in a random order, against a few numbers kept by hand.
@Suite("Books of own orders") struct LedgerPropertyTests {
    /// What should be in the books.
    struct Books {
        var available: Int64 = 0
        var owed: Int64 = 0
        var settlement: Int64 = 0
        var receivable: Int64 = 0
        var captured: [(hold: HoldID, rest: Int64)] = []
        var credited: [(conversion: UInt64, rest: Int64, isOwn: Bool)] = []

        mutating func give(_ cents: Int64) {
            let repaid = min(owed, cents)
            owed -= repaid
            available += cents - repaid
        }

        mutating func take(_ cents: Int64) {
            let covered = min(available, cents)
            available -= covered
            owed += cents - covered
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [1, 2] as [UInt64])
    func `every movement is where it belongs and all sums to zero`(_ seed: UInt64) async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var random = SeededRandom(seed)
            var books = Books()
            for number in 1...60 as ClosedRange<UInt64> {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: try await credit(world, number, &books, &random)
                case 1: try await buy(world, &books, &random)
                case 2: try await refund(world, number, &books, &random)
                default: try await clawBack(world, number, &books, &random)
                }
            }
            #expect(try await world.balance() == [books.available, 0, books.owed])
            let totals = try await world.totals()
            #expect(totals["sum_minor"]?.integer == 0)
            var purposes: [String: Int64] = [:]
            for item in totals["purposes"]?.array ?? [] {
                purposes[item["purpose"]?.string ?? ""] = item["balance_minor"]?.integer
            }
            #expect(purposes["settlement", default: 0] == books.settlement)
            #expect(purposes["network_receivable", default: 0] == books.receivable)
            #expect(try await world.violations().isEmpty)
        }
    }

    func credit(
        _ world: WalletWorld, _ number: UInt64, _ books: inout Books, _ random: inout SeededRandom
    ) async throws {
        let cents = Int64.random(in: 1...2_000, using: &random)
        let isOwn = Bool.random(using: &random)
        try await world.wallet.deliver(
            CashbackConversionApproved(
                conversionID: identifier(number), merchantID: identifier(3),
                userID: WalletWorld.user, sale: try usd(cents * 10), cashback: try usd(cents),
                reason: "confirmed", network: isOwn ? "souk" : "sandbox"), of: .cashbackEvents)
        if isOwn { books.settlement -= cents } else { books.receivable -= cents }
        books.credited.append((number, cents, isOwn))
        books.give(cents)
    }

    func buy(
        _ world: WalletWorld, _ books: inout Books, _ random: inout SeededRandom
    ) async throws {
        if books.available == 0 { return }
        let cents = Int64.random(in: 1...books.available, using: &random)
        let order = HarnessCaller.service("order")
        let amount: JSONValue = ["amount_minor": .integer(cents), "currency": "USD"]
        let placed = try await world.wallet.call(
            .post, "/internal/v1/holds", as: order,
            body: [
                "owner": .string("\(WalletWorld.user)"), "amount": amount, "reason": "order-1",
                "expires_in_seconds": 600,
            ])
        let hold = try #require(placed.json["id"]?.string.flatMap { HoldID($0) })
        _ = try await world.wallet.call(
            .post, "/internal/v1/holds/\(hold)/capture", as: order, body: ["amount": amount])
        books.available -= cents
        books.settlement += cents
        books.captured.append((hold, cents))
    }

    func refund(
        _ world: WalletWorld, _ number: UInt64, _ books: inout Books, _ random: inout SeededRandom
    ) async throws {
        guard let index = books.captured.indices.randomElement(using: &random),
            books.captured[index].rest > 0
        else { return }
        let (hold, rest) = books.captured[index]
        let cents = Int64.random(in: 1...rest, using: &random)
        let id: RefundID = identifier(number)
        for _ in 0..<2 {
            let answer = try await world.wallet.call(
                .post, "/internal/v1/holds/\(hold)/refund", as: .service("order"),
                body: [
                    "refund_id": .string("\(id)"), "reason": "item_returned",
                    "amount": ["amount_minor": .integer(cents), "currency": "USD"],
                ])
            #expect(answer.status == .ok)
        }
        books.captured[index].rest -= cents
        books.settlement -= cents
        books.give(cents)
    }

    func clawBack(
        _ world: WalletWorld, _ number: UInt64, _ books: inout Books, _ random: inout SeededRandom
    ) async throws {
        guard let index = books.credited.indices.randomElement(using: &random),
            books.credited[index].rest > 0
        else { return }
        let (conversion, rest, isOwn) = books.credited[index]
        let cents = Int64.random(in: 1...rest, using: &random)
        for _ in 0..<2 {
            try await world.wallet.deliver(
                CashbackConversionClawedBack(
                    conversionID: identifier(conversion), merchantID: identifier(3),
                    userID: WalletWorld.user, amount: try usd(cents), reason: "item_returned"),
                of: .cashbackEvents, id: identifier(10_000 + number))
        }
        books.credited[index].rest -= cents
        if isOwn { books.settlement += cents } else { books.receivable += cents }
        books.take(cents)
    }
}
