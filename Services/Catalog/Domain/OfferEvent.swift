internal import EventTypes

/// What happened to an offer, stream `offer-<id>`.
enum OfferEvent: DomainEvent {
    case drafted(OfferDrafted)
    case termsPublished(OfferTermsPublished)
    case withdrawn(OfferWithdrawn)

    static let forms: [EventForm<Self>] = [
        .form(Self.drafted), .form(Self.termsPublished), .form(Self.withdrawn),
    ]

    var payload: any EventPayload {
        switch self {
        case .drafted(let fact): fact
        case .termsPublished(let fact): fact
        case .withdrawn(let fact): fact
        }
    }
}

/// An offer was written; nobody can use it yet.
struct OfferDrafted: EventPayload {
    static let eventType = EventType("catalog.offer_drafted")
    let offerID: OfferID
    let merchantID: MerchantID
    let title: String
    /// The affiliate network that reports its sales.
    let network: String
    /// Where a click leads; holds `{click_id}` once.
    let trackingURL: String

    enum CodingKeys: String, CodingKey {
        case title, network
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case trackingURL = "tracking_url"
    }
}

/// These terms hold for clicks from now on; the first ones publish the offer.
struct OfferTermsPublished: EventPayload {
    static let eventType = EventType("catalog.offer_terms_set")
    /// What the terms are for, so that the event can be published by itself.
    let offer: OfferDrafted
    let terms: OfferTerms

    enum CodingKeys: String, CodingKey {
        case offer, terms
    }
}

/// The offer takes no more clicks.
struct OfferWithdrawn: EventPayload {
    static let eventType = EventType("catalog.offer_taken_back")
    let reason: String

    enum CodingKeys: String, CodingKey {
        case reason
    }
}
