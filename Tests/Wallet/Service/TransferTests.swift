internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Transfers") struct TransferTests {
    static let path = "/api/v1/wallet/transfers"
    let user = WalletWorld.user
    let other = WalletWorld.other

    static func body(_ cents: JSONValue, to: UserID, _ currency: JSONValue = "USD") -> JSONValue {
        ["to": .string("\(to)"), "amount": ["amount_minor": cents, "currency": currency]]
    }

    /// Two people who are known well, the first with ten dollars.
    func withPair(_ body: @Sendable (WalletWorld) async throws -> Void) async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 1)
            try await world.verify(level: 1, of: other)
            try await world.credit(1_000)
            try await body(world)
        }
    }

    @Test func `money reaches the other at once, and both see it in their statements`() async throws
    {
        try await withPair { world in
            let answer = try await world.wallet.call(
                .post, Self.path, as: .customer(user), body: Self.body(400, to: other))
            #expect(answer.status == .created)
            #expect(answer.json["available_minor"]?.integer == 600)
            #expect(try await world.balance() == [600, 0, 0])
            #expect(try await world.balance(of: other) == [400, 0, 0])
            for (person, amount) in [(user, -400), (other, 400)] as [(UserID, Int64)] {
                let statement = try await world.wallet.call(
                    .get, "/api/v1/wallet/statement?currency=USD", as: .customer(person))
                let line = statement.json["items"]?[0]
                #expect(line?["kind"]?.string == "transfer")
                #expect(line?["amount"]?["amount_minor"]?.integer == amount)
                #expect(line?["transaction_id"]?.string == answer.json["id"]?.string)
            }
            #expect(try await world.totals()["sum_minor"]?.integer == 0)
            #expect(try await world.violations().isEmpty)
            let kinds = try await world.wallet.context.pool.query(
                """
                select bool_and(a.owner is null and k.kind = 'cashback_credit')
                from ledger_account_kind as k join ledger_account as a using (account_id)
                """)
            #expect(try kinds.first?.get(0) == true)
        }
    }

    @Test func `the same key sends once`() async throws {
        try await withPair { world in
            var answers: [HarnessResponse] = []
            for cents in [400, 400, 500] as [JSONValue] {
                answers.append(
                    try await world.wallet.call(
                        .post, Self.path, as: .customer(user), body: Self.body(cents, to: other),
                        headers: ["Idempotency-Key": "gift-1"]))
            }
            #expect(answers.map(\.status.code) == [201, 201, 422])
            #expect(answers[0].json == answers[1].json)
            #expect(try await world.balance(of: other) == [400, 0, 0])
        }
    }

    @Test func `what the recipient owes is repaid first`() async throws {
        try await withPair { world in
            try await world.credit(300, conversion: 700, to: other)
            _ = try await world.wallet.call(
                .post, Self.path, as: .customer(other), body: Self.body(300, to: user))
            try await world.wallet.deliver(
                CashbackConversionClawedBack(
                    conversionID: identifier(700), merchantID: identifier(3), userID: other,
                    amount: usd(300), reason: "item_returned"), of: .cashbackEvents)
            #expect(try await world.balance(of: other) == [0, 0, 300])
            _ = try await world.wallet.call(
                .post, Self.path, as: .customer(user), body: Self.body(500, to: other))
            #expect(try await world.balance(of: other) == [200, 0, 0])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `what cannot be sent is refused, and nothing moves`() async throws {
        try await withPair { world in
            let before = try await world.wallet.events().count
            let nobody: UserID = identifier(404)
            for (body, status, expected) in [
                (Self.body(1_001, to: other), 409, "insufficient-funds"),
                (Self.body(10_001, to: other), 409, "daily-limit-exceeded"),
                (Self.body(100, to: nobody), 409, "recipient-unknown"),
                (Self.body(100, to: user), 422, "/to"),
                (Self.body(0, to: other), 422, "/amount/amount_minor"),
                (Self.body(-5, to: other), 422, "/amount/amount_minor"),
                (Self.body(9_007_199_254_740_992, to: other), 422, "/amount/amount_minor"),
                (Self.body(100, to: other, "JPY"), 422, "/amount/currency"),
                (["to": "me", "amount": ["amount_minor": 1, "currency": "USD"]], 422, "/to"),
                (["to": .string("\(other)")], 422, "/amount"),
            ] as [(JSONValue, Int, String)] {
                let answer = try await world.wallet.call(
                    .post, Self.path, as: .customer(user), body: body)
                #expect(answer.status.code == status, "\(body)")
                #expect(
                    answer.problem == expected
                        || answer.faults.first?.hasPrefix(expected) == true, "\(body)")
            }
            let anonymous = try await world.wallet.call(
                .post, Self.path, body: Self.body(1, to: other))
            #expect(anonymous.status == 401)
            #expect(try await world.wallet.events().count == before)
        }
    }

    @Test func `transfers and withdrawals share the limit of a day`() async throws {
        try await withPair { world in
            try await world.credit(19_000, conversion: 800)
            let first = try await world.wallet.call(
                .post, Self.path, as: .customer(user), body: Self.body(9_000, to: other))
            #expect(first.status == .created)
            #expect(try await world.withdraw(1_001).problem == "daily-limit-exceeded")
            #expect(try await world.withdraw(600).status == .created)
            let third = try await world.wallet.call(
                .post, Self.path, as: .customer(user), body: Self.body(401, to: other))
            #expect(third.problem == "daily-limit-exceeded")
            world.advance(.seconds(86_400))
            let next = try await world.wallet.call(
                .post, Self.path, as: .customer(user), body: Self.body(401, to: other))
            #expect(next.status == .created)
        }
    }

    @Test func `many at once into one account all arrive`() async throws {
        try await withPair { world in
            let codes = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await world.wallet.call(
                            .post, Self.path, as: .customer(user), body: Self.body(26, to: other)
                        ).status.code
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            // Ten dollars hold thirty-eight of them.
            #expect(codes == [201: 38, 409: 2])
            #expect(try await world.balance() == [12, 0, 0])
            #expect(try await world.balance(of: other) == [988, 0, 0])
            #expect(try await world.violations().isEmpty)
        }
    }
}
