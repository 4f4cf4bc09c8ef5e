internal import EventTypes

/// What somebody was promised for a sale: an offer's terms.
struct Promise: Hashable, Sendable {
    let offerID: OfferID
    let merchantID: MerchantID
    let terms: OfferTerms

    /// The one that gives most for `sale`; of equals the one that was made first.
    static func best(of promises: [Promise], for sale: Money) -> Promise? {
        var best: (promise: Promise, cashback: Money)?
        for promise in promises.sorted(by: { $0.offerID < $1.offerID })
        where promise.terms.currency == sale.currency {
            guard let cashback = try? promise.terms.cashback(for: sale) else { continue }
            if let known = best, cashback.minorUnits <= known.cashback.minorUnits { continue }
            best = (promise, cashback)
        }
        return best?.promise
    }
}

extension Offer.State {
    /// What was promised at `instant` for orders at the platform's own checkout.
    ///
    /// Whether the offer had ended by then is known by its shop.
    func promise(at instant: Timestamp) -> Promise? {
        guard let current, current.network == OwnOrders.network else { return nil }
        let live = versions.values.filter { $0.isLive(at: instant) }
        guard let terms = live.max(by: { $0.version < $1.version }) else { return nil }
        return Promise(offerID: current.offerID, merchantID: current.merchantID, terms: terms)
    }
}

extension ClickRecorded {
    /// Whether what is bought at the platform's own checkout may earn by this click: it is the
    /// buyer's, and it left through an offer of that shop for our own orders.
    func leads(_ buyer: UserID, to merchant: MerchantID, for sale: Money) -> Bool {
        network == OwnOrders.network && userID == buyer && merchantID == merchant
            && terms.currency == sale.currency
    }
}
