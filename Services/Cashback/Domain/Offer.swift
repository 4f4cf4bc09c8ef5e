internal import EventTypes

/// Cashback's own copy of what the catalogue said about an offer.
struct OfferTermsNoted: EventPayload {
    static let eventType = EventType("cashback.offer_terms_noted")
    let offerID: OfferID
    let merchantID: MerchantID
    let title: String
    let network: String
    let trackingURL: String
    let terms: OfferTerms

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case title, network
        case trackingURL = "tracking_url"
        case terms
    }

    init(_ event: CatalogOfferTermsPublished) {
        offerID = event.offerID
        merchantID = event.merchantID
        title = event.title
        network = event.network
        trackingURL = event.trackingURL
        terms = event.terms
    }
}

/// Cashback's own copy of the end of an offer.
struct OfferWithdrawalNoted: EventPayload {
    static let eventType = EventType("cashback.offer_withdrawal_noted")
    let offerID: OfferID

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
    }
}

enum OfferEvent: DomainEvent {
    case termsNoted(OfferTermsNoted)
    case withdrawalNoted(OfferWithdrawalNoted)

    static let forms: [EventForm<Self>] = [.form(Self.termsNoted), .form(Self.withdrawalNoted)]

    var payload: any EventPayload {
        switch self {
        case .termsNoted(let fact): fact
        case .withdrawalNoted(let fact): fact
        }
    }
}

/// An offer as cashback knows it: every version of its terms, for the clicks that saw them.
enum Offer: Decider {
    static let category = "offer"
    static let initial = State()

    struct State: Sendable, Equatable {
        /// The newest copy.
        var current: OfferTermsNoted?
        var versions: [Int: OfferTerms] = [:]
        var isWithdrawn = false

        /// What a click at `instant` from `region` is promised.
        func offered(
            at instant: Timestamp, region: String?
        ) throws(CashbackError) -> OfferTermsNoted {
            guard let current else { throw .offerUnknown }
            guard !isWithdrawn, current.terms.isLive(at: instant) else { throw .offerNotLive }
            guard current.terms.covers(region: region) else { throw .offerNotInRegion }
            return current
        }
    }

    enum Command: Sendable {
        case note(OfferTermsNoted)
        case withdraw(OfferID)
    }

    static func decide(_ command: Command, _ state: State) throws(CashbackError) -> [OfferEvent] {
        switch command {
        case .note(let copy):
            if let known = state.versions[copy.terms.version] {
                guard known == copy.terms else { throw .termsReused(version: known.version) }
                return []
            }
            return [.termsNoted(copy)]
        case .withdraw(let offer):
            if state.isWithdrawn { return [] }
            return [.withdrawalNoted(OfferWithdrawalNoted(offerID: offer))]
        }
    }

    static func evolve(_ state: inout State, _ event: OfferEvent) {
        switch event {
        case .termsNoted(let fact):
            state.versions[fact.terms.version] = fact.terms
            if fact.terms.version >= state.current?.terms.version ?? 0 { state.current = fact }
        case .withdrawalNoted: state.isWithdrawn = true
        }
    }
}
