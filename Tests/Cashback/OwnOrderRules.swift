internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

/// A sale of our own checkout at this version.
func ownSale(
    _ version: Int64, _ status: SaleStatus, _ cents: Int64, reason: String = "item_returned",
    under terms: OfferTerms = terms()
) throws -> Conversion.Command {
    let click = ClickRecorded(
        clickID: identifier(5), offerID: identifier(3), merchantID: identifier(2),
        network: OwnOrders.network, userID: identifier(1), terms: terms, clickedAt: noon,
        source: .checkout)
    let postback = Postback(
        network: OwnOrders.network, actionID: "order/shop", clickID: identifier(5),
        version: version, status: status, sale: try usd(cents), soldAt: noon, reason: reason,
        source: .order, raw: "order")
    return .record(postback, identifier(6), click, at: noon)
}

@Suite("What is kept of an order's cashback") struct KeptTests {
    @Test(
        arguments: [
            // Cashback, sale, what is left of it, what is kept.
            (100, 1_000, 1_000, 100), (100, 1_000, 0, 0), (100, 1_000, 999, 99),
            (100, 1_000, 1, 0), (100, 1_000, 10, 1), (1, 1_000, 999, 0), (100, 3, 1, 33),
            (100, 3, 2, 66), (0, 1_000, 500, 0), (100, 1_000, 2_000, 100),
        ] as [(Int64, Int64, Int64, Int64)])
    func `it is the proportion, rounded down`(
        _ cashback: Int64, _ sale: Int64, _ rest: Int64, _ kept: Int64
    ) throws {
        #expect(
            try OwnOrders.kept(of: usd(cashback), original: usd(sale), remaining: usd(rest))
                == usd(kept))
    }

    @Test func `the largest amounts do not overflow`() throws {
        let most = try usd(Money.limit)
        #expect(try OwnOrders.kept(of: most, original: most, remaining: most) == most)
        #expect(
            try OwnOrders.kept(of: most, original: most, remaining: usd(Money.limit - 1))
                == usd(Money.limit - 1))
        #expect(throws: CashbackError.amountNegative) {
            try OwnOrders.kept(of: most, original: most, remaining: usd(-1))
        }
    }

    @Test func `fixed and capped rewards shrink in proportion, too`() throws {
        for terms in [terms(.fixed(try usd(200))), terms(cap: try usd(200))] {
            var events = try stream(
                Conversion.self, ownSale(3, .pending, 10_000, under: terms),
                ownSale(4, .approved, 10_000, under: terms), .noteCredited(usd(200), identifier(8)))
            #expect(Conversion.fold(events).cashback == (try usd(200)))
            events += try decided(
                Conversion.self, given: events, when: ownSale(5, .approved, 3_333, under: terms))
            #expect(Conversion.fold(events).cashback == (try usd(66)))
            events += try decided(
                Conversion.self, given: events, when: ownSale(6, .reversed, 0, under: terms))
            #expect(Conversion.fold(events).cashback == (try usd(0)))
            #expect(Conversion.fold(events).phase == .clawedBack)
        }
    }

    @Test func `many refunds take back what one would`() throws {
        let credited = try stream(
            Conversion.self, ownSale(3, .pending, 2_933), ownSale(4, .approved, 2_933),
            .noteCredited(usd(147), identifier(8)))
        var events = credited
        for (index, rest) in [2_000, 1_999, 1_998, 700, 13].enumerated() {
            events += try decided(
                Conversion.self, given: events,
                when: ownSale(5 + Int64(index), .approved, Int64(rest)))
        }
        let once = try decided(Conversion.self, given: credited, when: ownSale(5, .approved, 13))
        #expect(
            Conversion.fold(events).cashback == Conversion.fold(credited + once).cashback)
    }

    @Test func `a refund before the approval amends, with its reason`() throws {
        let events = try stream(
            Conversion.self, ownSale(3, .pending, 1_000, reason: "awaiting_fulfilment"),
            ownSale(4, .pending, 500))
        let steps = events.compactMap { event -> String? in
            if case .pending(let fact) = event {
                "\(fact.cashback.minorUnits) \(fact.reason)"
            } else {
                nil
            }
        }
        #expect(steps == ["50 awaiting_fulfilment", "25 item_returned"])
    }

    @Test func `a refund between approval and credit waits for the credit`() throws {
        let events = try stream(
            Conversion.self, ownSale(3, .pending, 1_000), ownSale(4, .approved, 1_000),
            ownSale(5, .approved, 700), ownSale(6, .approved, 500),
            .noteCredited(usd(50), identifier(8)))
        guard case .clawedBack(let clawback)? = events.last else {
            Issue.record("nothing taken back")
            return
        }
        #expect(clawback.amount == (try usd(25)))
        #expect(Conversion.fold(events).cashback == (try usd(25)))
    }

    @Test func `the approval says who pays`() throws {
        let events = try stream(Conversion.self, ownSale(3, .approved, 1_000))
        guard case .approved(let approval)? = events.last else {
            Issue.record("not approved")
            return
        }
        #expect(approval.network == "souk")
    }
}
