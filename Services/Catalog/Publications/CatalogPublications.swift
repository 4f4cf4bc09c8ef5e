internal import EventStore
internal import EventTypes

/// What of the catalogue's log other services may read.
enum CatalogPublications {
    @Sendable static func map(_ event: RecordedEvent) throws -> [Publication] {
        guard let payload = try payload(of: event) else { return [] }
        return [Publication(.catalogEvents, event, payload)]
    }

    private static func payload(of event: RecordedEvent) throws -> (any PublishedEvent)? {
        if let fact = try event.payload(MerchantRegistered.self) {
            return CatalogMerchantRegistered(
                merchantID: fact.merchantID, name: fact.name, website: fact.website)
        }
        if let fact = try event.payload(ProductListed.self) {
            return CatalogProductListed(
                productID: fact.productID, merchantID: fact.merchantID, title: fact.title,
                price: fact.price)
        }
        if let fact = try event.payload(ProductChanged.self) {
            return CatalogProductListed(
                productID: fact.productID, merchantID: fact.merchantID, title: fact.title,
                price: fact.price)
        }
        if let fact = try event.payload(OfferTermsPublished.self) {
            return CatalogOfferTermsPublished(
                offerID: fact.offer.offerID, merchantID: fact.offer.merchantID,
                title: fact.offer.title, network: fact.offer.network,
                trackingURL: fact.offer.trackingURL, terms: fact.terms)
        }
        if try event.payload(OfferWithdrawn.self) != nil,
            let offerID = OfferID(String(event.stream.key))
        {
            return CatalogOfferWithdrawn(offerID: offerID)
        }
        return nil
    }
}
