/// An amount in the smallest unit of its currency: 29.33 US dollars are 2,933 minor units.
///
/// Amounts stay within ±`Money.limit`, so that every JSON reader gets them exactly; arithmetic that
/// would leave that range, or mix currencies, throws and never traps or rounds.
public struct Money: Hashable, Sendable {
    /// 2^53 − 1, the largest integer that JavaScript reads exactly.
    public static let limit: Int64 = 9_007_199_254_740_991

    public let minorUnits: Int64
    public let currency: Currency

    public init(minorUnits: Int64, _ currency: Currency) throws(MoneyError) {
        guard (-Self.limit...Self.limit).contains(minorUnits) else { throw .outOfRange }
        self.minorUnits = minorUnits
        self.currency = currency
    }

    private init(unchecked minorUnits: Int64, _ currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Nothing, in this currency.
    public static func zero(_ currency: Currency) -> Money { Money(unchecked: 0, currency) }

    public var isPositive: Bool { minorUnits > 0 }
    public var isNegative: Bool { minorUnits < 0 }
    public var isZero: Bool { minorUnits == 0 }
    public var negated: Money { Money(unchecked: -minorUnits, currency) }

    /// The sum; throws when the currencies differ or the sum is out of range.
    public func adding(_ other: Money) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch(currency, other.currency) }
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        guard !overflow else { throw .outOfRange }
        return try Money(minorUnits: sum, currency)
    }

    /// The difference; throws when the currencies differ or it is out of range.
    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        try adding(other.negated)
    }

    /// `basisPoints` hundredths of a percent of the amount, halves rounded to even (IEEE 754
    /// round-half-even on integers), so that rounding favours nobody in the long run.
    public func share(basisPoints: Int64) throws(MoneyError) -> Money {
        let (high, low) = minorUnits.magnitude.multipliedFullWidth(by: basisPoints.magnitude)
        guard high < 10_000 else { throw .outOfRange }
        let (quotient, remainder) = UInt64(10_000).dividingFullWidth((high, low))
        let isUp = remainder > 5_000 || (remainder == 5_000 && quotient & 1 == 1)
        guard quotient <= UInt64(Self.limit) else { throw .outOfRange }
        let magnitude = Int64(quotient) + (isUp ? 1 : 0)
        return try Money(
            minorUnits: (minorUnits < 0) != (basisPoints < 0) ? -magnitude : magnitude, currency)
    }
}

/// Why an amount could not be made or computed.
public enum MoneyError: Error, Hashable, Sendable {
    case outOfRange
    case currencyMismatch(Currency, Currency)
}

extension Money: CustomStringConvertible {
    /// For people, as `29.33 USD`.
    public var description: String { "\(decimalText) \(currency.code)" }

    /// The amount alone with its decimal point, as `29.33` or `-0.05`.
    public var decimalText: String {
        let digits = String(minorUnits.magnitude)
        let exponent = currency.exponent
        let sign = minorUnits < 0 ? "-" : ""
        if exponent == 0 { return sign + digits }
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(exponent)).\(padded.suffix(exponent))"
    }

    /// Reads `29.33` exactly: at most the currency's digits after the point, no exponent, no
    /// thousands separators; a sign only as a leading minus.
    ///
    /// - Returns: nil when the text is not such an amount or is out of range.
    public init?(decimalText text: some StringProtocol, _ currency: Currency) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count <= 2 else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts.count == 1 || !fraction.isEmpty, fraction.count <= currency.exponent else {
            return nil
        }
        let digits =
            whole + fraction + String(repeating: "0", count: currency.exponent - fraction.count)
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let magnitude = Int64(digits),
            let money = try? Money(minorUnits: isNegative ? -magnitude : magnitude, currency)
        else { return nil }
        self = money
    }
}

extension Money: Codable {
    private enum CodingKeys: String, CodingKey {
        case minorUnits = "amount_minor"
        case currency
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let currency = try container.decode(Currency.self, forKey: .currency)
        let minorUnits = try container.decode(Int64.self, forKey: .minorUnits)
        do {
            self = try Money(minorUnits: minorUnits, currency)
        } catch {
            throw DecodingError.dataCorruptedError(
                forKey: .minorUnits, in: container,
                debugDescription: "beyond ±\(Self.limit) minor units")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(minorUnits, forKey: .minorUnits)
        try container.encode(currency, forKey: .currency)
    }
}
