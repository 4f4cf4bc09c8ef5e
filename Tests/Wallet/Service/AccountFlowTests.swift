internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Accounts, statements and bad input") struct AccountFlowTests {
    let user = WalletWorld.user

    @Test func `a statement goes on page by page, and the past stays`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            var times: [Timestamp] = []
            for number: UInt64 in 0..<5 {
                world.advance(.seconds(3_600))
                times.append(world.wallet.clock.now())
                try await world.credit(100, conversion: 600 + number)
            }
            #expect(try await world.balance() == [500, 0, 0])
            #expect(try await world.balance(at: times[2]) == [300, 0, 0])
            #expect(try await world.balance(at: times[0] - .seconds(1)) == [0, 0, 0])
            var path: String? = "/api/v1/wallet/statement?currency=USD&limit=2"
            var balances: [Int64?] = []
            while let next = path {
                let page = try await world.wallet.call(.get, next, as: .customer(user))
                balances += page.json["items"]?.array?.map { $0["balance_minor"]?.integer } ?? []
                path = page.json["next"]?.string.map { cursor in
                    "/api/v1/wallet/statement?currency=USD&limit=2&cursor=\(cursor)"
                }
            }
            #expect(balances == [500, 400, 300, 200, 100])
            let accounts = try await world.wallet.call(
                .get, "/api/v1/wallet/accounts", as: .customer(user))
            #expect(accounts.json["items"]?[0]?["balance_minor"]?.integer == 500)
            let others = try await world.wallet.call(
                .get, "/api/v1/wallet/accounts", as: .customer(WalletWorld.other))
            #expect(others.json["items"]?.array?.isEmpty == true)
        }
    }

    @Test func `a page may end between two legs of one transaction`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            _ = try await world.approvedWithdrawal()
            func pages(of limit: Int) async throws -> [JSONValue] {
                var items: [JSONValue] = []
                var path: String? = "/api/v1/wallet/statement?currency=USD&limit=\(limit)"
                while let next = path {
                    let page = try await world.wallet.call(.get, next, as: .customer(user))
                    items += page.json["items"]?.array ?? []
                    path = page.json["next"]?.string.map { cursor in
                        "/api/v1/wallet/statement?currency=USD&limit=\(limit)&cursor=\(cursor)"
                    }
                }
                return items
            }
            let all = try await pages(of: 100)
            #expect(try await pages(of: 1) == all)
            let accounts = Set(all.compactMap { $0["account"]?.string })
            #expect(accounts.isSuperset(of: ["available", "held"]))
            #expect(all.last?["kind"]?.string == "cashback_credit")
        }
    }

    @Test func `other people's withdrawals are not there`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            let stranger = HarnessCaller.customer(WalletWorld.other)
            for (method, path) in [
                (HTTPMethod.get, "/api/v1/wallet/withdrawals/\(id)"),
                (.post, "/api/v1/wallet/withdrawals/\(id)/cancel"),
                (.get, "/api/v1/wallet/withdrawals/nonsense"),
                (.get, "/api/v1/wallet/withdrawals/\(identifier(404) as UserID)"),
            ] {
                let answer = try await world.wallet.call(method, path, as: stranger)
                #expect(answer.status == .notFound, "\(path)")
            }
            let list = try await world.wallet.call(
                .get, "/api/v1/wallet/withdrawals", as: stranger)
            #expect(list.json["items"]?.array?.isEmpty == true)
        }
    }

    static let sandbox: JSONValue = ["kind": "sandbox", "value": "ba_1"]

    static func amount(_ minor: JSONValue, _ currency: JSONValue = "USD") -> JSONValue {
        ["amount_minor": minor, "currency": currency]
    }

    static let badWithdrawals: [(JSONValue, String)] = [
        (["amount": amount(0), "destination": sandbox], "/amount/amount_minor"),
        (["amount": amount(-1), "destination": sandbox], "/amount/amount_minor"),
        (["amount": amount(1.5), "destination": sandbox], "/amount/amount_minor"),
        (["amount": amount("1"), "destination": sandbox], "/amount/amount_minor"),
        (
            ["amount": amount(9_007_199_254_740_992), "destination": sandbox],
            "/amount/amount_minor"
        ),
        (["amount": amount(100, "XXX"), "destination": sandbox], "/amount/currency"),
        (["amount": amount(100, "JPY"), "destination": sandbox], "/amount/currency"),
        (["amount": 100, "destination": sandbox], "/amount"),
        (["destination": sandbox], "/amount"),
        (["amount": amount(100)], "/destination"),
        (
            ["amount": amount(100), "destination": ["kind": "cash", "value": "x"]],
            "/destination/kind"
        ),
        (
            ["amount": amount(100), "destination": ["kind": "sandbox", "value": "a b"]],
            "/destination/value"
        ),
        (
            ["amount": amount(100), "destination": ["kind": "iban", "value": "GB00WEST"]],
            "/destination/value"
        ),
    ]

    @Test func `bad withdrawals point at what is wrong and change nothing`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(1_000)
            let before = try await world.wallet.events().count
            for (body, pointer) in Self.badWithdrawals {
                let answer = try await world.wallet.call(
                    .post, "/api/v1/wallet/withdrawals", as: .customer(user), body: body)
                #expect(answer.status == 422, "\(body)")
                #expect(answer.faults.first?.hasPrefix(pointer) == true, "\(body)")
            }
            for path in [
                "balance", "balance?currency=usd", "balance?currency=USD&at=yesterday",
                "balance?currency=USD&at=2126-01-01T00:00:00Z", "statement?currency=",
                "statement?currency=USD&limit=0", "statement?currency=USD&limit=101",
                "statement?currency=USD&cursor=x",
                // Nobody can have been told of a position that does not exist yet.
                "balance?currency=USD&min-position=999999",
            ] {
                let answer = try await world.wallet.call(
                    .get, "/api/v1/wallet/\(path)", as: .customer(user))
                #expect(answer.status == 422, "\(path)")
            }
            #expect(try await world.wallet.call(.get, "/api/v1/wallet/accounts").status == 401)
            #expect(try await world.wallet.events().count == before)
        }
    }
}
