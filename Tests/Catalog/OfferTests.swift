import EventTypes
import Testing

@testable import CatalogService

@Suite struct OfferTests {
    private let now = Timestamp(seconds: 1_000)

    private func draft(_ url: String) -> OfferDrafted {
        OfferDrafted(
            offerID: OfferID(high: 1, low: 1), merchantID: MerchantID(high: 2, low: 2),
            title: "Music", network: "sandbox", trackingURL: url)
    }

    private func proposal(_ change: (inout Offer.Proposal) -> Void = { _ in }) -> Offer.Proposal {
        var proposal = Offer.Proposal(
            reward: .percentage(basisPoints: 500), cap: nil, currency: .usd, validFrom: now,
            validUntil: nil, regions: ["US"])
        change(&proposal)
        return proposal
    }

    private func drafted() throws -> Offer.State {
        Offer.fold(
            try Offer.decide(
                .draft(draft("https://track.example/c?subid={click_id}")), Offer.initial))
    }

    @Test func termsAreNumberedFromOneAndSameTermsAreNotPublishedTwice() throws {
        var state = try drafted()
        for points in [500, 700, 700] as [Int64] {
            let next = proposal { $0.reward = .percentage(basisPoints: points) }
            for event in try Offer.decide(.publish(next), state) { Offer.evolve(&state, event) }
        }
        #expect(state.terms.map(\.version) == [1, 2])
    }

    @Test(arguments: ["https://x.example/", "https://x.example/?a={click_id}&b={click_id}"])
    func theTrackingAddressNamesTheClickOnce(_ url: String) {
        #expect(throws: Offer.Refusal.placeholderMissing) {
            try Offer.decide(.draft(draft(url)), Offer.initial)
        }
    }

    @Test func termsThatCannotHoldAreRefused() throws {
        let state = try drafted()
        let euros = try Money(minorUnits: 100, .eur)
        let table: [(Offer.Proposal, Offer.Refusal)] = [
            (proposal { $0.reward = .percentage(basisPoints: 0) }, .rewardOutOfRange),
            (proposal { $0.reward = .percentage(basisPoints: 10_001) }, .rewardOutOfRange),
            (proposal { $0.reward = .fixed(.zero(.usd)) }, .rewardOutOfRange),
            (proposal { $0.reward = .fixed(euros) }, .currencyMismatch),
            (proposal { $0.cap = euros }, .currencyMismatch),
            (proposal { $0.cap = .zero(.usd) }, .capNotPositive),
            (proposal { $0.validUntil = $0.validFrom }, .endsBeforeStart),
            (proposal { $0.regions = ["usa"] }, .unknownRegion("usa")),
        ]
        for (proposal, refusal) in table {
            #expect(throws: refusal) { try Offer.decide(.publish(proposal), state) }
        }
    }

    @Test func aWithdrawnOfferStaysWithdrawn() throws {
        var state = try drafted()
        for event in try Offer.decide(.withdraw(reason: "over"), state) {
            Offer.evolve(&state, event)
        }
        #expect(throws: Offer.Refusal.withdrawn) { try Offer.decide(.publish(proposal()), state) }
    }
}

@Suite struct CouponTests {
    private let now = Timestamp(seconds: 1_000)

    private func issue(_ code: String = "SAVE-10", uses: Int? = 1) -> CouponIssued {
        CouponIssued(
            couponID: CouponID(high: 1, low: 1), merchantID: MerchantID(high: 2, low: 2),
            code: code, title: "Ten off", discount: .percentage(basisPoints: 1_000),
            validFrom: now, validUntil: now + .seconds(60), mostUses: uses)
    }

    @Test func theLastUseIsTakenOnceAndARepeatIsTheSameUse() throws {
        var state = Coupon.fold(try Coupon.decide(.issue(issue()), Coupon.initial))
        for event in try Coupon.decide(.use(id: "a", at: now), state) {
            Coupon.evolve(&state, event)
        }
        #expect(try Coupon.decide(.use(id: "a", at: now), state).isEmpty)
        #expect(throws: Coupon.Refusal.usedUp) { try Coupon.decide(.use(id: "b", at: now), state) }
        for event in try Coupon.decide(.releaseUse(id: "a"), state) { Coupon.evolve(&state, event) }
        #expect(try Coupon.decide(.use(id: "b", at: now), state).count == 1)
    }

    @Test func itIsUsedWithinItsTimeOnly() throws {
        let state = Coupon.fold(try Coupon.decide(.issue(issue()), Coupon.initial))
        #expect(throws: Coupon.Refusal.notValidYet) {
            try Coupon.decide(.use(id: "a", at: now - .seconds(1)), state)
        }
        #expect(throws: Coupon.Refusal.expired) {
            try Coupon.decide(.use(id: "a", at: now + .seconds(60)), state)
        }
    }

    @Test(arguments: ["ab", "save 10", "save-10", "ÄÖÜ", String(repeating: "A", count: 41)])
    func aCodeIsThreeToFortyCapitalsDigitsOrHyphens(_ code: String) {
        #expect(throws: Coupon.Refusal.codeMalformed) {
            try Coupon.decide(.issue(issue(code)), Coupon.initial)
        }
    }
}
