internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("The life of a sale") struct LifeCycleTests {
    @Test func `its owner sees every step with its reason`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let click = try await scene.leave()
            let pending = try await scene.report(scene.fields(click, 1, "pending"))
            let id = try #require(pending.conversion)
            #expect(try await scene.steps(id) == ["tracked", "pending"])
            _ = try await scene.report(scene.fields(click, 2, "approved"))
            try await scene.credit(id)
            try await scene.credit(id)
            #expect(
                try await scene.steps(id) == ["tracked", "pending", "approved", "credited"])
            _ = try await scene.report(
                scene.fields(click, 3, "reversed", reason: "item_returned"))
            let response = try await harness.call(
                .get, "/api/v1/cashback/conversions/\(id)?min-position=\(harness.store.head())",
                as: .customer(CashbackScene.owner))
            let view = try response.decode(ConversionView.self)
            #expect(view.state == .clawedBack)
            #expect(view.cashback == .zero(.usd))
            #expect(view.clawedBack == (try usd(147)))
            #expect(view.steps?.last?.reason == "item_returned")
            #expect(view.steps?.map(\.reason).first == "reported_by_network")
            try await harness.deliver(
                WalletCashbackClawedBack(
                    conversionID: id, userID: CashbackScene.owner, amount: try usd(147),
                    owed: .zero(.usd), transactionID: identifier(801)), of: .walletEvents)
            #expect(
                try await harness.published(CashbackConversionClawedBack.self).map(\.amount)
                    == [try usd(147)])
            #expect(try await harness.published(CashbackConversionCredited.self).count == 1)
        }
    }

    @Test func `others see nothing of it`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let id = try #require(
                try await scene.report(scene.fields(click, 1, "pending")).conversion)
            await scene.harness.settle()
            let path = "/api/v1/cashback/conversions/\(id)"
            let stranger = HarnessCaller.customer(identifier(77))
            #expect(try await scene.harness.call(.get, path, as: stranger).status == 404)
            #expect(try await scene.harness.call(.get, path).status == 401)
            #expect(
                try await scene.harness.call(.get, path + "/postbacks", as: stranger).status == 403)
            let list = try await scene.harness.call(
                .get, "/api/v1/cashback/conversions", as: stranger)
            #expect(list.json["items"]?.array?.isEmpty == true)
        }
    }

    @Test func `lists, filters and sums agree, and the invariants hold`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let click = try await scene.leave()
            var ids: [ConversionID] = []
            for (action, status) in [("p", "pending"), ("a", "approved"), ("c", "approved")] {
                let response = try await scene.report(
                    scene.fields(click, 1, status, action: action))
                ids.append(try #require(response.conversion))
            }
            try await scene.credit(ids[2])
            _ = try await scene.report(
                scene.fields(click, 2, "approved", amount: "10.00", action: "c"))
            _ = try await scene.report(scene.fields(click, 1, "declined", action: "d"))
            await harness.settle()

            let owner = HarnessCaller.customer(CashbackScene.owner)
            let sum = try await harness.call(.get, "/api/v1/cashback/summary", as: owner)
            let states = sum.json["by_state"]
            #expect(states?["pending"]?[0]?["amount_minor"] == 147)
            #expect(states?["approved"]?[0]?["amount_minor"] == 147)
            #expect(states?["credited"]?[0]?["amount_minor"] == 50)
            #expect(states?["clawed_back"]?[0]?["amount_minor"] == 97)
            #expect(sum.json["conversions"] == 4)

            let first = try await harness.call(
                .get, "/api/v1/cashback/conversions?limit=3", as: owner)
            let cursor = try #require(first.json["next"]?.string)
            let second = try await harness.call(
                .get, "/api/v1/cashback/conversions?limit=3&cursor=\(cursor)", as: owner)
            #expect(first.json["items"]?.array?.count == 3)
            #expect(second.json["items"]?.array?.count == 1)
            let credited = try await harness.call(
                .get, "/api/v1/cashback/conversions?state=credited", as: owner)
            #expect(credited.json["items"]?.array?.count == 1)
            #expect(
                try await harness.call(
                    .get, "/api/v1/cashback/conversions?state=great", as: owner
                ).status == 422)

            let context = VerifyContext(pool: harness.context.pool, store: harness.store)
            for invariant in harness.blueprint.invariants
            where invariant.name != OrderInvariant.check.name {
                #expect(
                    try await invariant.check(context) == .holds(examined: 4), "\(invariant.name)")
            }
        }
    }

    @Test func `read models fold to the same rows again`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let click = try await scene.leave()
            let id = try #require(
                try await scene.report(scene.fields(click, 1, "approved")).conversion)
            try await scene.credit(id)
            _ = try await scene.report(scene.fields(click, 2, "approved", amount: "10.00"))
            try await harness.deliver(UserErased(userID: CashbackScene.owner), of: .userEvents)
            try await harness.deliver(
                CatalogOfferWithdrawn(offerID: CashbackScene.offer), of: .catalogEvents)
            try await harness.expectRebuildsAreIdentical()
        }
    }
}
