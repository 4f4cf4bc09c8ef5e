internal import EventTypes

/// How much may leave a wallet in one UTC day, by how well its owner is known.
enum WithdrawalLimits {
    static let levels = 0...3

    /// The most of a day in a currency; nil when that currency cannot be paid out.
    static func daily(level: Int, _ currency: Currency) -> Money? {
        guard currencies.contains(currency) else { return nil }
        let whole: Int64 =
            switch level {
            case 1: 100
            case 2: 1_000
            case 3: 10_000
            default: 0
            }
        return try? Money(minorUnits: whole * 100, currency)
    }

    /// The currencies that the providers pay out, all with two digits; the limits count in each by
    /// itself, because the ledger knows no rates.
    static let currencies = ["USD", "EUR", "GBP"].compactMap(Currency.init)
}
