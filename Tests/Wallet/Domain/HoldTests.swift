internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Holds") struct HoldTests {
    func hold(_ cents: Int64 = 1_000, expiresAt: Timestamp? = noon + .seconds(60)) throws
        -> Hold.Command
    {
        .place(
            HoldPlaced(
                holdID: identifier(1), owner: identifier(2), amount: try usd(cents),
                reference: "order-1", placedAt: noon, expiresAt: expiresAt))
    }

    @Test func `a capture takes a part and releases the remainder`() throws {
        let events = try stream(
            Hold.self, hold(), .capture(usd(400), to: .settlement, identifier(3), at: noon))
        guard case .resolved(let end) = events.last else {
            Issue.record("not resolved")
            return
        }
        #expect(end.outcome == .captured)
        #expect(end.captured == (try usd(400)))
        #expect(end.released == (try usd(600)))
    }

    @Test func `a hold is resolved at most once`() throws {
        let ends: [Hold.Command] = [
            .capture(try usd(1), to: .settlement, identifier(3), at: noon),
            .release(identifier(3), at: noon),
        ]
        for first in ends {
            let resolved = try stream(Hold.self, hold(), first)
            for second in ends {
                #expect(throws: WalletError.self) {
                    try decided(Hold.self, given: resolved, when: second)
                }
            }
            let late = try decided(
                Hold.self, given: resolved,
                when: .expire(identifier(3), at: noon + .seconds(120)))
            #expect(late.isEmpty)
        }
    }

    @Test func `nobody captures more than is held`() throws {
        let placed = try stream(Hold.self, hold(1_000))
        #expect(throws: WalletError.captureExceedsHold(held: try usd(1_000))) {
            try decided(
                Hold.self, given: placed,
                when: .capture(usd(1_001), to: .settlement, identifier(3), at: noon))
        }
        #expect(throws: WalletError.amountNotPositive) {
            try decided(
                Hold.self, given: placed,
                when: .capture(usd(0), to: .settlement, identifier(3), at: noon))
        }
        #expect(throws: WalletError.currencyMismatch) {
            try decided(
                Hold.self, given: placed,
                when: .capture(Money(minorUnits: 5, .eur), to: .settlement, identifier(3), at: noon)
            )
        }
    }

    @Test func `it expires when it is due and not before`() throws {
        let placed = try stream(Hold.self, hold())
        #expect(throws: WalletError.holdNotDue) {
            try decided(
                Hold.self, given: placed, when: .expire(identifier(3), at: noon + .seconds(59)))
        }
        let events = try decided(
            Hold.self, given: placed, when: .expire(identifier(3), at: noon + .seconds(60)))
        guard case .resolved(let end)? = events.first else {
            Issue.record("not resolved")
            return
        }
        #expect(end.outcome == .expired)
        #expect(end.released == (try usd(1_000)))
    }

    @Test func `placing it again is nothing, placing another under its name is refused`() throws {
        let placed = try stream(Hold.self, hold())
        #expect(try decided(Hold.self, given: placed, when: hold()).isEmpty)
        #expect(throws: WalletError.transactionReused) {
            try decided(Hold.self, given: placed, when: hold(999))
        }
    }

    @Test func `it cannot outlive its longest time, nor end before it starts`() throws {
        for end in [noon, noon - .seconds(1), noon + Hold.longest + .seconds(1)] {
            #expect(throws: WalletError.holdNotDue) {
                try decided(Hold.self, when: hold(expiresAt: end))
            }
        }
    }

    @Test func `what was never placed cannot be resolved`() throws {
        #expect(throws: WalletError.holdNotFound) {
            try decided(Hold.self, when: .release(identifier(3), at: noon))
        }
    }
}

@Suite("Daily limits") struct CustomerTests {
    let user: UserID = identifier(1)

    @Test(arguments: [(0, 0), (1, 10_000), (2, 100_000), (3, 1_000_000)] as [(Int, Int64)])
    func `a level lets just that much leave in a day`(_ level: Int, _ limit: Int64) throws {
        let known = try stream(Customer.self, .note(user), .noteLevel(user, level))
        if limit > 0 {
            #expect(
                try decided(
                    Customer.self, given: known,
                    when: .count(reference: "withdrawal-1", usd(limit), sent: .zero(.usd), at: noon)
                ).count == 1)
        }
        #expect(
            throws: WalletError.dailyLimitExceeded(limit: try usd(limit), used: .zero(.usd))
        ) {
            try decided(
                Customer.self, given: known,
                when: .count(reference: "withdrawal-1", usd(limit + 1), sent: .zero(.usd), at: noon)
            )
        }
    }

    @Test func `a day's withdrawals add up, and the next day starts afresh`() throws {
        let busy = try stream(
            Customer.self, .noteLevel(user, 1),
            .count(reference: "a", usd(6_000), sent: .zero(.usd), at: noon))
        let more = Customer.Command.count(
            reference: "b", try usd(4_001), sent: .zero(.usd), at: noon + .seconds(60))
        #expect(
            throws: WalletError.dailyLimitExceeded(limit: try usd(10_000), used: try usd(6_000))
        ) { try decided(Customer.self, given: busy, when: more) }
        let midnight = noon.startOfDay + day
        #expect(throws: WalletError.self) {
            try decided(
                Customer.self, given: busy,
                when: .count(
                    reference: "b", usd(4_001), sent: .zero(.usd), at: midnight - .microseconds(1)))
        }
        #expect(
            try decided(
                Customer.self, given: busy,
                when: .count(reference: "b", usd(10_000), sent: .zero(.usd), at: midnight)
            ).count == 1)
    }

    @Test func `withdrawals and transfers share the limit`() throws {
        let busy = try stream(
            Customer.self, .noteLevel(user, 1),
            .count(reference: "a", usd(6_000), sent: .zero(.usd), at: noon))
        #expect(
            try decided(
                Customer.self, given: busy,
                when: .checkTransfer(usd(1_000), sent: usd(3_000), at: noon)
            ).isEmpty)
        let full = WalletError.dailyLimitExceeded(limit: try usd(10_000), used: try usd(9_000))
        #expect(throws: full) {
            try decided(
                Customer.self, given: busy,
                when: .checkTransfer(usd(1_001), sent: usd(3_000), at: noon))
        }
        #expect(throws: full) {
            try decided(
                Customer.self, given: busy,
                when: .count(reference: "b", usd(1_001), sent: usd(3_000), at: noon))
        }
    }

    @Test func `what failed or was rejected does not count`() throws {
        let freed = try stream(
            Customer.self, .noteLevel(user, 1),
            .count(reference: "a", usd(10_000), sent: .zero(.usd), at: noon),
            .uncount(reference: "a"))
        #expect(
            try decided(
                Customer.self, given: freed,
                when: .count(reference: "b", usd(10_000), sent: .zero(.usd), at: noon)
            ).count == 1)
    }

    @Test func `the same reference counts once`() throws {
        let counted = try stream(
            Customer.self, .noteLevel(user, 1),
            .count(reference: "a", usd(10_000), sent: .zero(.usd), at: noon))
        #expect(
            try decided(
                Customer.self, given: counted,
                when: .count(reference: "a", usd(10_000), sent: .zero(.usd), at: noon)
            ).isEmpty)
    }

    @Test func `currencies that cannot be paid out are refused`() throws {
        let yen = try #require(Currency("JPY"))
        let known = try stream(Customer.self, .noteLevel(user, 3))
        #expect(throws: WalletError.currencyNotOffered(yen)) {
            try decided(
                Customer.self, given: known,
                when: .count(reference: "a", Money(minorUnits: 1, yen), sent: .zero(yen), at: noon))
        }
    }

    @Test func `an erased person moves nothing`() throws {
        let closed = try stream(Customer.self, .noteLevel(user, 3), .close(user))
        #expect(throws: WalletError.customerClosed) {
            try decided(
                Customer.self, given: closed,
                when: .count(reference: "a", usd(1), sent: .zero(.usd), at: noon))
        }
        #expect(throws: WalletError.customerClosed) {
            try decided(
                Customer.self, given: closed,
                when: .checkTransfer(usd(1), sent: .zero(.usd), at: noon))
        }
        for nobody in [closed, []] {
            #expect(throws: WalletError.recipientUnavailable) {
                try decided(Customer.self, given: nobody, when: .checkRecipient)
            }
        }
    }

    @Test(arguments: [-1, 4, .max]) func `levels beyond three do not exist`(_ level: Int) {
        #expect(throws: WalletError.kycLevelOutOfRange) {
            try decided(Customer.self, when: .noteLevel(user, level))
        }
    }
}
