internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Conversions") struct ConversionTests {
    func record(
        _ version: Int64, _ status: SaleStatus, _ cents: Int64 = 2_933, reason: String? = nil,
        of click: ClickRecorded = click()
    ) throws -> Conversion.Command {
        .record(
            try postback(version, status, cents, reason: reason), identifier(6), click, at: noon)
    }

    func credited(_ cents: Int64 = 147) throws -> Conversion.Command {
        .noteCredited(try usd(cents), identifier(8))
    }

    /// The names of the facts, without `postback_recorded`.
    func steps(_ events: [ConversionEvent]) -> [String] {
        events.map { $0.payload }.compactMap { payload in
            payload is PostbackRecorded
                ? nil : String(type(of: payload).eventType.name.split(separator: ".")[1])
        }
    }

    func outcome(_ events: [ConversionEvent]) -> PostbackOutcome? {
        for case .postbackRecorded(let fact) in events { return fact.outcome }
        return nil
    }

    @Test func `a sale goes from tracked to credited`() throws {
        let events = try stream(
            Conversion.self, record(1, .pending), record(2, .approved), credited())
        #expect(
            steps(events) == [
                "sale_tracked", "conversion_pending", "conversion_approved", "conversion_credited",
            ])
        let state = Conversion.fold(events)
        #expect(state.phase == .credited)
        #expect(state.cashback == (try usd(147)))
    }

    @Test func `a repeated version adds nothing`() throws {
        let events = try stream(Conversion.self, record(1, .pending))
        #expect(try decided(Conversion.self, given: events, when: record(1, .pending)).isEmpty)
        #expect(
            try decided(Conversion.self, given: events, when: record(1, .approved, 9_999)).isEmpty)
    }

    @Test func `an older version is recorded and changes nothing`() throws {
        let events = try stream(Conversion.self, record(2, .approved))
        let late = try decided(Conversion.self, given: events, when: record(1, .pending, 1_000))
        #expect(steps(late).isEmpty)
        #expect(outcome(late) == .stale)
        #expect(Conversion.fold(events + late).phase == .approved)
        #expect(Conversion.fold(events + late).sale == (try usd(2_933)))
        #expect(
            try decided(Conversion.self, given: events + late, when: record(1, .pending, 1_000))
                .isEmpty)
    }

    @Test func `approval that comes first passes through pending`() throws {
        let events = try decided(Conversion.self, when: record(7, .approved))
        #expect(
            steps(events) == ["sale_tracked", "conversion_pending", "conversion_approved"])
    }

    @Test func `an amendment says the new amounts`() throws {
        let events = try stream(
            Conversion.self, record(1, .pending), record(2, .pending, 1_000, reason: "item out"))
        guard case .pending(let amended)? = events.last else {
            Issue.record("not amended")
            return
        }
        #expect(amended.cashback == (try usd(50)))
        #expect(amended.reason == "item out")
    }

    @Test func `a newer version that says the same changes nothing`() throws {
        let events = try stream(Conversion.self, record(1, .pending))
        let again = try decided(Conversion.self, given: events, when: record(2, .pending))
        #expect(outcome(again) == .unchanged)
        #expect(steps(again).isEmpty)
    }

    @Test(arguments: [SaleStatus.declined, .reversed])
    func `a pending sale can be declined, with the reason, and stays so`(
        _ status: SaleStatus
    ) throws {
        let events = try stream(
            Conversion.self, record(1, .pending), record(2, status, reason: "order_cancelled"))
        guard case .declined(let declined)? = events.last else {
            Issue.record("not declined")
            return
        }
        #expect(declined.reason == "order_cancelled")
        let later = try decided(Conversion.self, given: events, when: record(3, .approved))
        #expect(outcome(later) == .afterEnd)
        #expect(steps(later).isEmpty)
    }

    @Test func `a refusal before the credit waits for it`() throws {
        let events = try stream(
            Conversion.self, record(1, .approved), record(2, .reversed, reason: "item_returned"))
        #expect(Conversion.fold(events).phase == .approved)
        let after = try decided(Conversion.self, given: events, when: credited())
        #expect(steps(after) == ["conversion_credited", "conversion_clawed_back"])
        guard case .clawedBack(let clawback)? = after.last else { return }
        #expect(clawback.amount == (try usd(147)))
        #expect(clawback.reason == "item_returned")
        #expect(Conversion.fold(events + after).phase == .clawedBack)
    }

    @Test func `a smaller sale before the credit takes back the difference after it`() throws {
        let events = try stream(
            Conversion.self, record(1, .approved), record(2, .approved, 1_000), credited())
        guard case .clawedBack(let clawback)? = events.last else {
            Issue.record("nothing taken back")
            return
        }
        #expect(clawback.amount == (try usd(97)))
        #expect(Conversion.fold(events).phase == .credited)
        #expect(Conversion.fold(events).cashback == (try usd(50)))
    }

    @Test func `credited cashback is taken back in parts and then wholly`() throws {
        var events = try stream(Conversion.self, record(1, .approved), credited())
        events += try decided(
            Conversion.self, given: events, when: record(2, .approved, 1_000, reason: "returned"))
        #expect(Conversion.fold(events).cashback == (try usd(50)))
        events += try decided(Conversion.self, given: events, when: record(3, .reversed))
        let state = Conversion.fold(events)
        #expect(state.phase == .clawedBack)
        #expect(state.cashback == .zero(.usd))
        let taken = events.compactMap { event -> Int64? in
            if case .clawedBack(let fact) = event { fact.amount.minorUnits } else { nil }
        }
        #expect(taken == [97, 50])
        #expect(
            outcome(try decided(Conversion.self, given: events, when: record(4, .approved)))
                == .afterEnd)
    }

    @Test func `nobody is credited more without a person looking at it`() throws {
        let events = try stream(Conversion.self, record(1, .approved), credited())
        let more = try decided(Conversion.self, given: events, when: record(2, .approved, 9_000))
        #expect(outcome(more) == .review)
        #expect(steps(more).isEmpty)
    }

    @Test func `the credit is noted once, and only after the approval`() throws {
        let pending = try stream(Conversion.self, record(1, .pending))
        #expect(throws: CashbackError.notApproved) {
            try decided(Conversion.self, given: pending, when: credited())
        }
        let done = try stream(Conversion.self, record(1, .approved), credited())
        #expect(try decided(Conversion.self, given: done, when: credited()).isEmpty)
    }

    @Test func `a click of nobody earns nothing`() throws {
        let events = try decided(
            Conversion.self, when: record(1, .approved, of: click(user: nil)))
        guard case .declined(let declined)? = events.last else {
            Issue.record("not declined")
            return
        }
        #expect(declined.reason == "anonymous_click")
        #expect(declined.userID == nil)
    }

    @Test func `a sale too small for any cashback is declined`() throws {
        let events = try decided(Conversion.self, when: record(1, .pending, 9))
        guard case .declined(let declined)? = events.last else {
            Issue.record("not declined")
            return
        }
        #expect(declined.reason == "no_reward")
    }

    @Test func `a sale in another currency is declined`() throws {
        let events = try decided(
            Conversion.self,
            when: .record(
                postback(1, .pending, currency: .eur), identifier(6), click(), at: noon))
        guard case .declined(let declined)? = events.last else {
            Issue.record("not declined")
            return
        }
        #expect(declined.reason == "currency_differs")
    }

    @Test func `the same sale cannot move to another click`() throws {
        let events = try stream(Conversion.self, record(1, .pending))
        #expect(throws: CashbackError.clickDiffers(identifier(5))) {
            try decided(
                Conversion.self, given: events,
                when: .record(
                    postback(2, .approved, click: identifier(99)), identifier(6), click(),
                    at: noon))
        }
    }

    @Test func `every step is one that the table allows, whatever arrives`() throws {
        let statuses = SaleStatus.allCases
        for first in statuses {
            for second in statuses {
                for third in statuses {
                    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1], [3, 2, 1]] as [[Int64]] {
                        try walk(Array(zip(order, [first, second, third])))
                    }
                }
            }
        }
    }

    private func walk(_ arrivals: [(Int64, SaleStatus)]) throws {
        var state = Conversion.initial
        func fold(_ events: [ConversionEvent]) {
            for event in events {
                let before = state.phase
                Conversion.evolve(&state, event)
                if case .postbackRecorded = event { continue }
                #expect(before.successors.contains(state.phase), "\(before) → \(state.phase)")
            }
        }
        for (index, (version, status)) in arrivals.enumerated() {
            fold(
                try Conversion.decide(
                    record(version, status, 2_933 - Int64(index) * 500), state))
            if state.phase == .approved, index > 0, let cashback = state.cashback {
                fold(try Conversion.decide(.noteCredited(cashback, identifier(8)), state))
            }
        }
    }
}

@Suite("Rewards") struct RewardTests {
    @Test(
        arguments: [
            (2_933, 500, 147), (2_930, 500, 146), (2_950, 500, 148), (10, 500, 0), (30, 500, 2),
            (1, 10_000, 1), (0, 500, 0), (2_933, 0, 0),
        ] as [(Int64, Int64, Int64)])
    func `a percentage is rounded half to even`(
        _ sale: Int64, _ basisPoints: Int64, _ expected: Int64
    ) throws {
        let cashback = try terms(.percentage(basisPoints: basisPoints)).cashback(for: usd(sale))
        #expect(cashback == (try usd(expected)))
    }

    @Test func `a cap holds for both kinds`() throws {
        let cap = try usd(100)
        #expect(try terms(cap: cap).cashback(for: usd(2_933)) == cap)
        #expect(try terms(cap: cap).cashback(for: usd(1_000)) == usd(50))
        #expect(try terms(.fixed(usd(250)), cap: cap).cashback(for: usd(1)) == cap)
    }

    @Test func `a fixed reward is the same for every sale but none`() throws {
        let fixed = try terms(.fixed(usd(250)))
        #expect(try fixed.cashback(for: usd(1)) == usd(250))
        #expect(try fixed.cashback(for: usd(1_000_000)) == usd(250))
        #expect(try fixed.cashback(for: usd(0)).isZero)
    }

    @Test func `a negative or overflowing sale is refused`() throws {
        #expect(throws: CashbackError.amountNegative) { try terms().cashback(for: usd(-1)) }
        #expect(throws: CashbackError.amountOutOfRange) {
            try terms(.percentage(basisPoints: 20_000)).cashback(for: usd(Money.limit))
        }
        #expect(throws: CashbackError.amountOutOfRange) {
            try terms(.percentage(basisPoints: -1)).cashback(for: usd(1))
        }
    }
}

@Suite("Offers and clicks") struct OfferTests {
    func copy(_ terms: OfferTerms) -> OfferTermsNoted {
        OfferTermsNoted(
            CatalogOfferTermsPublished(
                offerID: identifier(3), merchantID: identifier(2), title: "5 % back",
                network: "sandbox", trackingURL: "https://t.example/?s={click_id}", terms: terms))
    }

    @Test func `the newest version is what a click gets, in whatever order they came`() throws {
        let events = try stream(
            Offer.self, .note(copy(terms(version: 2))), .note(copy(terms(version: 1))))
        let state = Offer.fold(events)
        #expect(try state.offered(at: noon, region: nil).terms.version == 2)
        #expect(state.versions.count == 2)
    }

    @Test func `a version is noted once and never changes`() throws {
        let events = try stream(Offer.self, .note(copy(terms())))
        #expect(try decided(Offer.self, given: events, when: .note(copy(terms()))).isEmpty)
        #expect(throws: CashbackError.termsReused(version: 1)) {
            try decided(
                Offer.self, given: events,
                when: .note(copy(terms(.percentage(basisPoints: 900)))))
        }
    }

    @Test func `only what is live there and then takes clicks`() throws {
        let live = Offer.fold(
            try stream(
                Offer.self, .note(copy(terms(until: noon + .seconds(60), regions: ["DE"])))))
        #expect(throws: Never.self) { try live.offered(at: noon, region: "de") }
        #expect(throws: Never.self) { try live.offered(at: noon, region: nil) }
        #expect(throws: CashbackError.offerNotInRegion) {
            try live.offered(at: noon, region: "FR")
        }
        for instant in [noon - .seconds(61), noon + .seconds(60)] {
            #expect(throws: CashbackError.offerNotLive) {
                try live.offered(at: instant, region: "DE")
            }
        }
        let gone = Offer.fold(
            try stream(Offer.self, .note(copy(terms())), .withdraw(identifier(3))))
        #expect(throws: CashbackError.offerNotLive) { try gone.offered(at: noon, region: nil) }
        #expect(throws: CashbackError.offerUnknown) {
            try Offer.initial.offered(at: noon, region: nil)
        }
    }

    @Test func `a click is recorded once`() throws {
        let events = try stream(Click.self, .record(click()))
        #expect(try decided(Click.self, given: events, when: .record(click())).isEmpty)
        #expect(throws: CashbackError.clickReused) {
            try decided(Click.self, given: events, when: .record(click(user: identifier(77))))
        }
    }

    @Test func `a network needs a proper name and a mapping that can be read`() throws {
        func settings(_ name: String, _ mapping: NetworkMapping = .plain) -> Network.Command {
            .configure(
                NetworkConfigured(
                    network: name, mapping: mapping, secretDigest: "00", secretField: nil,
                    signatureHeader: nil, configuredBy: nil))
        }
        let events = try stream(Network.self, settings("sandbox"))
        #expect(try decided(Network.self, given: events, when: settings("sandbox")).isEmpty)
        for name in ["", "Big", "a-b", "a b", String(repeating: "a", count: 33)] {
            #expect(throws: CashbackError.networkNameMalformed) {
                try decided(Network.self, when: settings(name))
            }
        }
        var incomplete = NetworkMapping.plain
        incomplete.currency = nil
        #expect(throws: CashbackError.mappingIncomplete(field: "currency")) {
            try decided(Network.self, when: settings("a", incomplete))
        }
    }
}
