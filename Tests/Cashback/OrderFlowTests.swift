internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Cashback of our own orders") struct OrderFlowTests {
    @Test func `an order earns by the shop's offer, and its refunds take it back`() async throws {
        try await OrderScene.with { orders in
            try await orders.hear([orders.paid()])
            #expect(try await orders.view().state == .pending)
            try await orders.hear(orders.fulfilled(), version: 4)
            try await orders.scene.credit(OrderScene.sale(), 50)
            try await orders.hear(orders.refunded(11, 300), version: 5)
            try await orders.hear(orders.refunded(12, 700), version: 6)
            let view = try await orders.view()
            #expect(view.state == .clawedBack)
            #expect(view.network == "souk")
            #expect(view.orderID == OrderScene.order)
            #expect(view.offerID == OrderScene.ownOffer)
            #expect(view.clawedBack == (try usd(50)))
            #expect(
                view.steps?.map { "\($0.state.rawValue) \($0.reason)" } == [
                    "tracked order_paid", "pending awaiting_fulfilment",
                    "approved order_fulfilled", "credited credited_to_wallet",
                    "clawed_back item_returned", "clawed_back item_returned",
                ])
            #expect(view.steps?.suffix(2).map { $0.amount?.minorUnits } == [15, 35])
            let approvals = try await orders.harness.published(CashbackConversionApproved.self)
            #expect(approvals.map(\.network) == ["souk"])
            #expect(try await orders.violations().isEmpty)
        }
    }

    @Test func `without a click one is recorded, once, and says so`() async throws {
        try await OrderScene.with { orders in
            for _ in 0..<2 { try await orders.hear([orders.paid()]) }
            let clicks = try await orders.harness.published(CashbackClickRecorded.self)
            #expect(clicks.map(\.source) == ["checkout"])
            #expect(clicks.map(\.userID) == [CashbackScene.owner])
            #expect(
                try await orders.harness.published(CashbackConversionTracked.self).map(\.clickID)
                    == clicks.map(\.clickID))
            let list = try await orders.harness.call(
                .get, "/api/v1/cashback/clicks", as: .customer(CashbackScene.owner))
            #expect(list.json["items"]?[0]?["source"]?.string == "checkout")
            #expect(try await orders.violations().isEmpty)
        }
    }

    @Test func `the click that the order names pins its terms`() async throws {
        try await OrderScene.with { orders in
            let click = try await orders.scene.leave(offer: OrderScene.ownOffer)
            #expect(!click.isEmpty)
            try await orders.publish(OrderScene.ownOffer, basisPoints: 900, version: 2)
            try await orders.hear([orders.paid(click: click)])
            #expect(try await orders.view().termsVersion == 1)
            #expect(try await orders.state().cashback == (try usd(50)))
            #expect(try await orders.harness.published(CashbackClickRecorded.self).count == 1)
        }
    }

    @Test func `a click of others, of another shop, forged or of a network counts for nothing`()
        async throws
    {
        try await OrderScene.with { orders in
            try await orders.publish(identifier(44), basisPoints: 700, of: OrderScene.otherShop)
            let stranger = try await orders.scene.leave(
                as: .customer(identifier(77)), offer: OrderScene.ownOffer)
            let elsewhere = try await orders.scene.leave(offer: identifier(44))
            let network = try await orders.scene.leave()
            for (index, click) in [stranger, elsewhere, network, "forged", ""].enumerated() {
                let order: OrderID = identifier(100 + UInt64(index))
                try await orders.hear([orders.paid(order, click: click)])
                let tracked = try #require(try await orders.state(order).tracked)
                #expect(tracked.click.source == .checkout)
                #expect(tracked.click.userID == CashbackScene.owner)
            }
            #expect(try await orders.violations().isEmpty)
        }
    }

    @Test func `each shop of an order has its sale, and shops that promise nothing none`()
        async throws
    {
        try await OrderScene.with { orders in
            let silent: MerchantID = identifier(23)
            try await orders.publish(identifier(44), basisPoints: 1_000, of: OrderScene.otherShop)
            try await orders.hear([
                orders.paid(
                    OrderScene.order,
                    [
                        (OrderScene.shop, 600), (OrderScene.otherShop, 500), (silent, 900),
                        (OrderScene.shop, 400),
                    ]),
                orders.fulfilled(), orders.refunded(11, 250, of: OrderScene.otherShop),
            ])
            let first = try await orders.state()
            let second = try await orders.state(of: OrderScene.otherShop)
            #expect(first.sale == (try usd(1_000)))
            #expect(first.cashback == (try usd(50)))
            #expect(first.deferred == nil)
            #expect(second.cashback == (try usd(50)))
            #expect(second.deferred?.keeps == (try usd(25)))
            #expect(try await orders.state(of: silent).tracked == nil)
            #expect(try await orders.violations().isEmpty)
        }
    }

    @Test func `of several offers the best that was in force counts`() async throws {
        try await OrderScene.with { orders in
            let clock = orders.harness.clock
            try await orders.publish(identifier(41), basisPoints: 900)
            try await orders.publish(identifier(42), basisPoints: 9_000, network: "sandbox")
            try await orders.hear([orders.paid(identifier(101))])
            #expect(try await orders.state(identifier(101)).cashback == (try usd(90)))
            // Paid before the withdrawal, heard of after it.
            let early = try orders.paid(identifier(102))
            clock.advance(by: .seconds(10))
            try await orders.harness.deliver(
                CatalogOfferWithdrawn(offerID: identifier(41)), of: .catalogEvents)
            try await orders.hear([early, orders.paid(identifier(103))])
            #expect(try await orders.state(identifier(102)).cashback == (try usd(90)))
            #expect(try await orders.state(identifier(103)).cashback == (try usd(50)))
        }
    }

    @Test func `a cancelled order earns nothing`() async throws {
        try await OrderScene.with { orders in
            try await orders.hear([orders.paid(), orders.refunded(11, 400), orders.cancelled()])
            let view = try await orders.view()
            #expect(view.state == .declined)
            #expect(view.steps?.last?.reason == "requested_by_customer")
            // Never paid: nothing at all.
            try await orders.hear([orders.cancelled(identifier(101))])
            #expect(try await orders.state(identifier(101)).tracked == nil)
            #expect(try await orders.violations().isEmpty)
        }
    }

    @Test func `a cancellation after the credit takes everything back`() async throws {
        try await OrderScene.with { orders in
            try await orders.hear([orders.paid(), orders.fulfilled()])
            try await orders.scene.credit(OrderScene.sale(), 50)
            try await orders.hear(orders.cancelled(), version: 5)
            #expect(try await orders.view().state == .clawedBack)
            let taken = try await orders.harness.published(CashbackConversionClawedBack.self)
            #expect(taken.map(\.amount) == [try usd(50)])
        }
    }

    @Test func `an erased buyer earns nothing new`() async throws {
        try await OrderScene.with { orders in
            try await orders.harness.deliver(
                UserErased(userID: CashbackScene.owner), of: .userEvents)
            try await orders.hear([orders.paid(), orders.fulfilled()])
            #expect(try await orders.state().tracked == nil)
            #expect(try await orders.harness.published(CashbackClickRecorded.self).isEmpty)
        }
    }

    @Test func `nobody else reports under the name of our own checkout`() async throws {
        try await OrderScene.with { orders in
            let configured = try await orders.scene.configure("souk")
            #expect(configured.status == 409)
            let click = try await orders.scene.leave(offer: OrderScene.ownOffer)
            let report = try await orders.scene.report(
                orders.scene.fields(click, 9, "approved", amount: "9999.00"), network: "souk")
            #expect(report.status == 404)
            let statement = try await orders.harness.call(
                .post, "/api/v1/cashback/statements/souk", as: .admin,
                raw: Array("click_id,action_id,amount\n".utf8), type: "text/csv")
            #expect(statement.status == 404)
        }
    }

    @Test func `leaving through an offer of ours works as for others`() async throws {
        try await OrderScene.with { orders in
            let response = try await orders.harness.call(
                .get, "/go/\(OrderScene.ownOffer)", as: .customer(CashbackScene.owner))
            #expect(response.status == 302)
            let location = try #require(response.headers["Location"])
            #expect(location.hasPrefix("https://shop.example/c?subid="))
            let recorded = try await orders.harness.published(CashbackClickRecorded.self)
            #expect(recorded.map(\.source) == [nil])
            #expect(recorded.map(\.offerID) == [OrderScene.ownOffer])
        }
    }

    @Test func `what differs from the orders is found`() async throws {
        try await OrderScene.with { orders in
            try await orders.hear([orders.paid(), orders.fulfilled(), orders.refunded(11, 400)])
            #expect(try await orders.violations().isEmpty)
            try await orders.harness.context.pool.withTransaction { connection in
                try await connection.simple(
                    """
                    alter table event disable trigger event_is_final;
                    alter table event_p1 disable trigger event_is_final;
                    update event set payload = replace(payload, '400', '900')
                    where type = 'cashback.order_refund_noted';
                    """)
            }
            let pool = orders.harness.context.pool
            let store = PostgresEventStore(
                pool: pool, loop: orders.harness.context.loop,
                logger: orders.harness.context.logger, metrics: Metrics())
            let result = try await OrderInvariant.check.check(
                VerifyContext(pool: pool, store: store))
            guard case .violated(let found) = result else {
                Issue.record("not found")
                return
            }
            #expect(found.first?.contains("are to be kept") == true)
        }
    }

    @Test func `read models fold to the same rows again`() async throws {
        try await OrderScene.with { orders in
            try await orders.hear([orders.paid(), orders.fulfilled(), orders.refunded(11, 400)])
            let harness = orders.harness
            try await harness.expectRebuildsAreIdentical()
        }
    }
}
