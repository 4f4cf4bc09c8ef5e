internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Cashback in the wallet") struct CashbackTests {
    @Test func `approved cashback is credited once, however often it is delivered`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let approval = CashbackConversionApproved(
                conversionID: identifier(501), merchantID: identifier(3), userID: WalletWorld.user,
                sale: try usd(2_933), cashback: try usd(147), reason: "confirmed")
            for id: UInt64 in [701, 701, 702] {
                try await world.wallet.deliver(
                    approval, of: .cashbackEvents, id: identifier(id))
            }
            #expect(try await world.balance() == [147, 0, 0])
            #expect(try await world.wallet.published(WalletCashbackCredited.self).count == 1)
            let posted = try await world.wallet.published(WalletTransactionPosted.self)
            #expect(posted.count == 1)
            #expect(posted.first?.kind == "cashback_credit")
            #expect(posted.first?.postings.map(\.amount.minorUnits).sorted() == [-147, 147])
            let statement = try await world.wallet.call(
                .get, "/api/v1/wallet/statement?currency=USD", as: .customer(WalletWorld.user))
            #expect(statement.json["items"]?.array?.count == 1)
            #expect(statement.json["items"]?[0]?["kind"]?.string == "cashback_credit")
            #expect(try await world.totals()["sum_minor"]?.integer == 0)
            #expect(try await world.totals()["cashback_credited_minor"]?.integer == 147)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `what a clawback cannot take is owed, and repaid first`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(1_000)
            _ = try await world.withdraw(700)
            let clawback = CashbackConversionClawedBack(
                conversionID: identifier(501), merchantID: identifier(3), userID: WalletWorld.user,
                amount: try usd(1_000), reason: "item_returned")
            for _ in 0..<2 {
                try await world.wallet.deliver(
                    clawback, of: .cashbackEvents, id: identifier(801))
            }
            #expect(try await world.balance() == [0, 700, 700])
            let published = try await world.wallet.published(WalletCashbackClawedBack.self)
            #expect(published.map(\.owed.minorUnits) == [700])
            try await world.credit(900, conversion: 502)
            #expect(try await world.balance() == [200, 700, 0])
            #expect(try await world.totals()["clawed_back_minor"]?.integer == 1_000)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a clawback of what was never credited is refused whole`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            await #expect(throws: WalletError.notCredited) {
                try await world.wallet.deliver(
                    CashbackConversionClawedBack.example, of: .cashbackEvents)
            }
            #expect(try await world.wallet.events().isEmpty)
        }
    }
}
