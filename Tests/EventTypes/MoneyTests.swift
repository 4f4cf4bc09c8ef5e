import EventTypes
import JSON
import Testing

@Suite struct MoneyTests {
    private func usd(_ cents: Int64) throws -> Money { try Money(minorUnits: cents, .usd) }

    @Test(
        arguments: [
            ("29.33", 2_933), ("0.05", 5), ("-0.05", -5), ("7", 700),
            ("90071992547409.91", Money.limit),
        ] as [(String, Int64)])
    func decimalTextIsReadExactly(_ text: String, _ minor: Int64) throws {
        let money = try #require(Money(decimalText: text, .usd))
        #expect(money.minorUnits == minor)
        #expect(Money(decimalText: money.decimalText, .usd) == money)
    }

    @Test(arguments: [
        "", "-", ".5", "5.", "1.234", "1,000", "1e3", " 1", "0x1", "٣", "90071992547409.92",
        "99999999999999999999", "--1", "1.-1",
    ])
    func otherTextIsRefused(_ text: String) {
        #expect(Money(decimalText: text, .usd) == nil)
    }

    @Test func arithmeticNeverLeavesTheRangeOrMixesCurrencies() throws {
        let most = try usd(Money.limit)
        #expect(throws: MoneyError.outOfRange) { try most.adding(try usd(1)) }
        #expect(throws: MoneyError.outOfRange) { try most.negated.subtracting(try usd(1)) }
        #expect(throws: MoneyError.currencyMismatch(.usd, .eur)) {
            try usd(1).adding(.zero(.eur))
        }
        #expect(throws: MoneyError.outOfRange) { try Money(minorUnits: .min, .usd) }
        #expect(try usd(5).subtracting(try usd(7)) == usd(-2))
    }

    @Test(
        arguments: [
            (2_933, 500, 147), (1, 5_000, 0), (3, 5_000, 2), (5, 5_000, 2), (-3, 5_000, -2),
            (10_000, 1, 1), (Money.limit, 10_000, Money.limit),
        ] as [(Int64, Int64, Int64)])
    func sharesRoundHalvesToEven(_ amount: Int64, _ points: Int64, _ share: Int64) throws {
        #expect(try usd(amount).share(basisPoints: points) == usd(share))
    }

    @Test func aShareBeyondTheRangeIsRefused() {
        #expect(throws: MoneyError.outOfRange) { try usd(Money.limit).share(basisPoints: 10_001) }
        #expect(throws: MoneyError.outOfRange) { try usd(Money.limit).share(basisPoints: .max) }
    }

    @Test func currenciesHaveTheirOwnDigits() throws {
        let yen = try #require(Currency("JPY"))
        let dinar = try #require(Currency("KWD"))
        #expect(try Money(minorUnits: 5, yen).description == "5 JPY")
        #expect(try Money(minorUnits: 1_234, dinar).description == "1.234 KWD")
        #expect(Currency("usd") == nil)
        #expect(Currency("XXX") == nil)
    }

    @Test(arguments: [
        #"{"amount_minor": 1.5, "currency": "USD"}"#,
        #"{"amount_minor": "1", "currency": "USD"}"#,
        #"{"amount_minor": 1, "currency": "???"}"#,
        #"{"amount_minor": 9007199254740992, "currency": "USD"}"#,
        #"{"currency": "USD"}"#,
    ])
    func jsonThatIsNoAmountIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSON.decode(Money.self, from: text) }
    }
}
