internal import EventTypes

extension OfferTerms {
    /// What a sale earns: the percentage (halves to even) or the fixed amount, at most the cap.
    ///
    /// - Throws: `amountNegative`; `amountOutOfRange` when the result leaves the range of `Money`.
    func cashback(for sale: Money) throws(CashbackError) -> Money {
        guard !sale.isNegative else { throw .amountNegative }
        guard sale.isPositive else { return .zero(currency) }
        let whole: Money
        switch reward {
        case .percentage(let basisPoints):
            guard basisPoints >= 0, let share = try? sale.share(basisPoints: basisPoints) else {
                throw .amountOutOfRange
            }
            whole = share
        case .fixed(let amount): whole = amount
        }
        if let cap, whole.minorUnits > cap.minorUnits { return cap }
        return whole
    }

    /// Whether a click at `instant` from `region` (ISO 3166-1 alpha-2, nil when unknown) may have
    /// these terms.
    func isLive(at instant: Timestamp) -> Bool {
        guard instant >= validFrom else { return false }
        guard let validUntil else { return true }
        return instant < validUntil
    }

    func covers(region: String?) -> Bool {
        guard !regions.isEmpty, let region else { return true }
        return regions.contains(region.uppercased())
    }
}
