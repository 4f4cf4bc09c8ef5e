internal import EventStore
internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

/// Whatever happens to an order, in whatever order it is heard: what was credited less what was
/// taken back is the share of the cashback that is left of the sale.
@Suite("Orders of all kinds") struct OrderPropertyTests {
    /// One order's facts, and what is left of it in the end.
    struct Story {
        var facts: [(fact: any PublishedEvent, version: Int64)] = []
        let sale: Int64
        var remaining: Int64
        var isFulfilled = false
    }

    static func reward(_ random: inout SeededRandom) throws -> (Reward, cap: Money?) {
        let cap =
            Bool.random(using: &random) ? try usd(.random(in: 1...3_000, using: &random)) : nil
        if Bool.random(using: &random) {
            return (.fixed(try usd(.random(in: 1...2_000, using: &random))), cap)
        }
        return (.percentage(basisPoints: .random(in: 1...10_000, using: &random)), cap)
    }

    static func story(
        _ orders: OrderScene, _ id: OrderID, _ shop: MerchantID, _ random: inout SeededRandom
    ) throws -> Story {
        let sale = Int64.random(in: 1...50_000, using: &random)
        var story = Story(sale: sale, remaining: sale)
        var facts: [any PublishedEvent] = [try orders.paid(id, [(shop, sale)])]
        func refund(_ number: UInt64) throws {
            if story.remaining == 0 { return }
            let isAll = Int.random(in: 0..<5, using: &random) == 0
            let cents = isAll ? story.remaining : .random(in: 1...story.remaining, using: &random)
            facts.append(try orders.refunded(number, cents, id, of: shop))
            story.remaining -= cents
        }
        for number in 0..<UInt64.random(in: 0...2, using: &random) { try refund(number) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: break
        case 1:
            facts.append(orders.cancelled(id))
            story.remaining = 0
        default:
            facts.append(orders.fulfilled(id))
            story.isFulfilled = true
            for number in 10..<10 + UInt64.random(in: 0...4, using: &random) { try refund(number) }
        }
        story.facts = facts.enumerated().map { ($1, Int64($0) + 3) }
        // Repeats, and in half of the stories disorder.
        for fact in story.facts where Bool.random(using: &random) { story.facts.append(fact) }
        if Bool.random(using: &random) { story.facts.shuffle(using: &random) }
        return story
    }

    @Test(.timeLimit(.minutes(10)), arguments: 1...8 as ClosedRange<UInt64>)
    func `what is kept is what is left of the sale`(_ seed: UInt64) async throws {
        try await OrderScene.with(.memory) { orders in
            var random = SeededRandom(seed)
            for number in 0..<25 as Range<UInt64> {
                let shop: MerchantID = identifier(1_000 + number)
                let (reward, cap) = try Self.reward(&random)
                let terms = OfferTerms(
                    version: 1, reward: reward, cap: cap, currency: .usd,
                    validFrom: orders.harness.clock.now() - .seconds(60))
                try await orders.publish(identifier(2_000 + number), terms, of: shop)
                let id: OrderID = identifier(3_000 + number)
                let story = try Self.story(orders, id, shop, &random)
                let sale = OrderScene.sale(id, of: shop)
                for (fact, version) in story.facts {
                    try await orders.hear(fact, version: version)
                    if Bool.random(using: &random) { try await credit(orders, sale) }
                }
                try await credit(orders, sale)
                try await check(orders, story, sale, terms, orders.state(id, of: shop))
            }
        }
    }

    /// The wallet credits what was approved, whenever it gets to it.
    func credit(_ orders: OrderScene, _ sale: ConversionID) async throws {
        let approvals = try await orders.harness.published(CashbackConversionApproved.self)
        guard let approval = approvals.first(where: { $0.conversionID == sale }) else { return }
        try await orders.harness.deliver(
            WalletCashbackCredited(
                conversionID: sale, userID: approval.userID, amount: approval.cashback,
                transactionID: identifier(800)), of: .walletEvents)
    }

    func check(
        _ orders: OrderScene, _ story: Story, _ sale: ConversionID, _ terms: OfferTerms,
        _ state: Conversion.State
    ) async throws {
        let full = try terms.cashback(for: usd(story.sale)).minorUnits
        let kept = full * story.remaining / story.sale
        let harness = orders.harness
        let credited = try await harness.published(CashbackConversionCredited.self)
            .filter { $0.conversionID == sale }.map(\.cashback.minorUnits)
        let taken = try await harness.published(CashbackConversionClawedBack.self)
            .filter { $0.conversionID == sale }.map(\.amount.minorUnits)
        #expect(credited.count <= 1)
        #expect(taken.allSatisfy { $0 > 0 })
        if story.isFulfilled {
            #expect(credited.reduce(0, +) - taken.reduce(0, +) == kept, "\(story) \(terms)")
        } else {
            #expect(credited.isEmpty && taken.isEmpty)
            let pending = state.phase == .pending ? state.cashback?.minorUnits : 0
            #expect(pending == kept, "\(story) \(terms)")
        }
    }
}
