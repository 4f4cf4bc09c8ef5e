internal import EventStore
internal import EventTypes

/// What other services say becomes a fact of cashback's own log.
enum CashbackPolicies {
    static let all = [offers, credits, erasures]

    private static let offers = Subscription(
        topics: [.catalogEvents],
        handles: [
            CatalogOfferTermsPublished.eventType.name, CatalogOfferWithdrawn.eventType.name,
        ]
    ) { event, unit in
        switch try event.decodeAny() {
        case let fact as CatalogOfferTermsPublished:
            try await unit.decide(Offer.self, fact.offerID, .note(OfferTermsNoted(fact)))
            let isWithdrawn = try await unit.load(Offer.self, fact.offerID).isWithdrawn
            guard fact.network == OwnOrders.network, !isWithdrawn else { return }
            try await unit.decide(
                Shop.self, fact.merchantID,
                .list(ShopOfferListed(offerID: fact.offerID, merchantID: fact.merchantID)))
        case let fact as CatalogOfferWithdrawn:
            try await unit.decide(Offer.self, fact.offerID, .withdraw(fact.offerID))
            guard let offer = try await unit.load(Offer.self, fact.offerID).current,
                offer.network == OwnOrders.network
            else { return }
            try await unit.decide(
                Shop.self, offer.merchantID,
                .end(
                    ShopOfferEnded(
                        offerID: fact.offerID, merchantID: offer.merchantID, endedAt: event.time)))
        default: break
        }
    }

    private static let credits = Subscription(
        topics: [.walletEvents],
        handles: [
            WalletCashbackCredited.eventType.name, WalletCashbackClawedBack.eventType.name,
        ]
    ) { event, unit in
        switch try event.decodeAny() {
        case let fact as WalletCashbackCredited:
            try await unit.decide(
                Conversion.self, fact.conversionID,
                .noteCredited(fact.amount, fact.transactionID))
        case let fact as WalletCashbackClawedBack:
            try await unit.decide(
                Conversion.self, fact.conversionID,
                .noteSettled(
                    ClawbackSettled(
                        amount: fact.amount, owed: fact.owed, transactionID: fact.transactionID)))
        default: break
        }
    }

    private static let erasures = Subscription(
        topics: [.userEvents], handles: [UserErased.eventType.name]
    ) { event, unit in
        let user = try event.decode(UserErased.self).userID
        try await unit.decide(Owner.self, user, .erase(user))
    }
}
