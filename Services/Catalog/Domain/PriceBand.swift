internal import EventTypes

/// A range of prices that results are counted by: 0 to 10, 10 to 25, … whole units of the currency.
struct PriceBand: Sendable, Hashable {
    /// Where bands begin, in whole units.
    static let edges: [Int64] = [0, 10, 25, 50, 100, 250, 500, 1_000]

    /// Its place among the bands, from 0.
    let number: Int
    let currency: Currency

    /// The band that a price falls into.
    init(of price: Money) {
        currency = price.currency
        let unit = Self.unit(of: price.currency)
        number = Self.edges.lastIndex { $0 * unit <= price.minorUnits } ?? 0
    }

    /// - Returns: nil when there is no such band.
    init?(number: Int, _ currency: Currency) {
        guard Self.edges.indices.contains(number) else { return nil }
        self.number = number
        self.currency = currency
    }

    /// The lowest price in it.
    var from: Money { Self.money(Self.edges[number], currency) }

    /// The first price above it; nil for the last band.
    var below: Money? {
        number + 1 < Self.edges.count ? Self.money(Self.edges[number + 1], currency) : nil
    }

    private static func money(_ whole: Int64, _ currency: Currency) -> Money {
        (try? Money(minorUnits: whole * unit(of: currency), currency)) ?? .zero(currency)
    }

    private static func unit(of currency: Currency) -> Int64 {
        (0..<currency.exponent).reduce(1) { unit, _ in unit * 10 }
    }
}
