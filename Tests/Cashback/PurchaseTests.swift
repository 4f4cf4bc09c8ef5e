internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Orders as cashback knows them") struct PurchaseTests {
    static let order: OrderID = identifier(18)
    static let shop: MerchantID = identifier(2)
    static let other: MerchantID = identifier(22)

    static func paid() throws -> Purchase.Command {
        .notePayment(
            OrderPaymentNoted(
                orderID: order, userID: identifier(1),
                shares: [
                    PurchaseShare(
                        merchantID: shop, sale: try usd(1_000), clickID: identifier(5),
                        conversionID: identifier(6)),
                    PurchaseShare(
                        merchantID: other, sale: try usd(400), clickID: nil, conversionID: nil),
                ], paidAt: noon))
    }

    static func refund(_ number: UInt64, _ cents: Int64, of shop: MerchantID = shop) throws
        -> Purchase.Command
    {
        .noteRefund(
            try OrderRefundNoted(
                OrderRefunded(
                    orderID: order, refundID: identifier(number), userID: identifier(1),
                    lines: [
                        RefundLine(
                            productID: identifier(4), merchantID: shop, quantity: 1,
                            amount: usd(cents))
                    ], amount: usd(cents), refundedTotal: usd(cents), reason: "item_returned",
                    refundedAt: noon)))
    }

    static let fulfilled = Purchase.Command.noteFulfilment(OrderFulfilmentNoted(orderID: order))
    static let cancelled = Purchase.Command.noteCancellation(
        OrderCancellationNoted(orderID: order, reason: "changed_mind"))

    func standing(_ commands: [Purchase.Command]) throws -> (SaleStatus, Int64) {
        var state = Purchase.initial
        for command in commands {
            for event in try Purchase.decide(command, state) { Purchase.evolve(&state, event) }
        }
        let share = try #require(state.rewarded.first?.share)
        let standing = state.standing(of: share)
        return (standing.status, standing.sale.minorUnits)
    }

    @Test func `what is known says how a sale stands`() throws {
        let paid = try Self.paid()
        let table: [([Purchase.Command], SaleStatus, Int64)] = [
            ([], .pending, 1_000),
            ([try Self.refund(11, 300)], .pending, 700),
            ([Self.fulfilled], .approved, 1_000),
            ([Self.fulfilled, try Self.refund(11, 300)], .approved, 700),
            ([try Self.refund(11, 300), try Self.refund(12, 700)], .declined, 0),
            ([Self.fulfilled, try Self.refund(11, 1_000)], .reversed, 0),
            ([Self.cancelled], .declined, 0),
            ([try Self.refund(11, 300), Self.cancelled], .declined, 0),
            ([Self.fulfilled, Self.cancelled], .reversed, 0),
            // Another shop's refund, and one that gives back more than there was.
            ([try Self.refund(11, 300, of: Self.other)], .pending, 1_000),
            ([Self.fulfilled, try Self.refund(11, 5_000)], .reversed, 0),
        ]
        for (facts, status, sale) in table {
            for order in [[paid] + facts, facts + [paid], [paid] + facts + facts + [paid]] {
                #expect(try standing(order) == (status, sale))
            }
            for order in [[paid] + facts.reversed()] {
                #expect(try standing(order) == (status, sale))
            }
        }
    }

    @Test func `every fact is noted once`() throws {
        for command in [
            try Self.paid(), Self.fulfilled, Self.cancelled, try Self.refund(11, 300),
        ] {
            let events = try stream(Purchase.self, command)
            #expect(events.count == 1)
            #expect(try decided(Purchase.self, given: events, when: command).isEmpty)
        }
    }

    @Test func `lines are summed shop by shop`() throws {
        func line(_ shop: MerchantID, _ cents: Int64) throws -> RefundLine {
            RefundLine(
                productID: identifier(4), merchantID: shop, quantity: 0, amount: try usd(cents))
        }
        let sums = try [line(Self.shop, 1), line(Self.other, 10), line(Self.shop, 100)]
            .sums { ($0.merchantID, $0.amount) }
        #expect(sums.map(\.sum.minorUnits) == [101, 10])
        #expect(throws: CashbackError.amountNegative) {
            try [line(Self.shop, -1)].sums { ($0.merchantID, $0.amount) }
        }
    }
}

@Suite("Offers for our own orders") struct ShopTests {
    func listed(_ number: UInt64) -> Shop.Command {
        .list(ShopOfferListed(offerID: identifier(number), merchantID: identifier(2)))
    }

    func ended(_ number: UInt64, _ at: Timestamp) -> Shop.Command {
        .end(ShopOfferEnded(offerID: identifier(number), merchantID: identifier(2), endedAt: at))
    }

    @Test func `an order finds what had not ended when it was paid`() throws {
        let events = try stream(Shop.self, listed(1), listed(2), ended(1, noon), listed(1))
        #expect(Shop.fold(events).offers(at: noon) == [identifier(2)])
        #expect(
            Shop.fold(events).offers(at: noon - .microseconds(1)) == [identifier(1), identifier(2)])
        #expect(try decided(Shop.self, given: events, when: ended(1, noon)).isEmpty)
        #expect(try decided(Shop.self, given: events, when: ended(9, noon)).isEmpty)
    }

    @Test func `what ended long ago is forgotten`() throws {
        let events = try stream(
            Shop.self, listed(1), listed(2), ended(1, noon), ended(2, noon + Shop.memory))
        #expect(Shop.fold(events).offers.count == 1)
    }

    func promise(_ number: UInt64, _ terms: OfferTerms) -> Promise {
        Promise(offerID: identifier(number), merchantID: identifier(2), terms: terms)
    }

    @Test func `the best promise is the one that gives most for this sale`() throws {
        let percent = promise(1, terms(.percentage(basisPoints: 500)))
        let fixed = promise(2, terms(.fixed(try usd(100))))
        let capped = promise(3, terms(.percentage(basisPoints: 2_000), cap: try usd(120)))
        let all = [fixed, capped, percent]
        #expect(try Promise.best(of: all, for: usd(100)) == fixed)
        #expect(try Promise.best(of: all, for: usd(1_000)) == capped)
        #expect(try Promise.best(of: all, for: usd(10_000)) == percent)
        #expect(try Promise.best(of: [], for: usd(100)) == nil)
        #expect(try Promise.best(of: all, for: Money(minorUnits: 100, .eur)) == nil)
        let same = promise(4, terms(.percentage(basisPoints: 500)))
        #expect(try Promise.best(of: [same, percent], for: usd(100)) == percent)
    }

    @Test func `a promise is what was in force at that instant`() throws {
        func noted(_ terms: OfferTerms, _ network: String) -> Offer.Command {
            .note(
                OfferTermsNoted(
                    CatalogOfferTermsPublished(
                        offerID: identifier(3), merchantID: identifier(2), title: "5 % back",
                        network: network, trackingURL: "https://t.example/{click_id}",
                        terms: terms)))
        }
        let later = OfferTerms(
            version: 2, reward: .percentage(basisPoints: 900), currency: .usd,
            validFrom: noon + .seconds(10))
        let state = Offer.fold(try stream(Offer.self, noted(terms(), "souk"), noted(later, "souk")))
        #expect(state.promise(at: noon)?.terms.version == 1)
        #expect(state.promise(at: noon + .seconds(10))?.terms.version == 2)
        #expect(state.promise(at: noon - .seconds(61)) == nil)
        let other = Offer.fold(try stream(Offer.self, noted(terms(), "sandbox")))
        #expect(other.promise(at: noon) == nil)
    }
}
