internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Refunds of holds") struct RefundTests {
    func place(_ cents: Int64 = 1_000) throws -> Hold.Command {
        .place(
            HoldPlaced(
                holdID: identifier(1), owner: identifier(2), amount: try usd(cents),
                reference: "order-1", placedAt: noon, expiresAt: noon + .seconds(60)))
    }

    func capture(_ cents: Int64 = 800) throws -> Hold.Command {
        .capture(try usd(cents), to: .settlement, identifier(3), at: noon)
    }

    func refund(
        _ number: UInt64, _ cents: Int64, _ reason: String = "returned"
    ) throws -> Hold.Command {
        .refund(identifier(number), try usd(cents), reason: reason, identifier(90), at: noon)
    }

    @Test func `parts go back until nothing is left of what was captured`() throws {
        let events = try stream(Hold.self, place(), capture(), refund(11, 300), refund(12, 500))
        #expect(Hold.fold(events).refunded == (try usd(800)))
        #expect(throws: WalletError.refundExceedsCapture(remaining: try usd(0))) {
            try decided(Hold.self, given: events, when: refund(13, 1))
        }
    }

    @Test func `never more than was captured, whatever was held`() throws {
        let events = try stream(Hold.self, place(), capture(), refund(11, 300))
        #expect(throws: WalletError.refundExceedsCapture(remaining: try usd(500))) {
            try decided(Hold.self, given: events, when: refund(12, 501))
        }
    }

    @Test func `the same refund is made once, and stays what it was`() throws {
        let events = try stream(Hold.self, place(), capture(), refund(11, 300))
        #expect(try decided(Hold.self, given: events, when: refund(11, 300)).isEmpty)
        #expect(throws: WalletError.refundReused) {
            try decided(Hold.self, given: events, when: refund(11, 301))
        }
    }

    @Test func `only captured money goes back`() throws {
        #expect(throws: WalletError.holdNotFound) {
            try decided(Hold.self, when: refund(11, 1))
        }
        #expect(throws: WalletError.holdNotCaptured) {
            try decided(Hold.self, given: stream(Hold.self, place()), when: refund(11, 1))
        }
        let released = try stream(Hold.self, place(), .release(identifier(3), at: noon))
        #expect(throws: WalletError.holdResolved(.released)) {
            try decided(Hold.self, given: released, when: refund(11, 1))
        }
    }

    @Test func `an amount that is none, and a reason that is none, are refused`() throws {
        let captured = try stream(Hold.self, place(), capture())
        for cents: Int64 in [0, -5] {
            #expect(throws: WalletError.amountNotPositive) {
                try decided(Hold.self, given: captured, when: refund(11, cents))
            }
        }
        #expect(throws: WalletError.currencyMismatch) {
            try decided(
                Hold.self, given: captured,
                when: .refund(
                    identifier(11), Money(minorUnits: 5, .eur), reason: "returned", identifier(90),
                    at: noon))
        }
        for reason in ["", "two\nlines", String(repeating: "x", count: 201)] {
            #expect(throws: WalletError.reasonMalformed) {
                try decided(Hold.self, given: captured, when: refund(11, 5, reason))
            }
        }
    }
}
