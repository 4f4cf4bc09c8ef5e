internal import EventTypes

/// A shop promises something for what is bought of it at the platform's own checkout.
struct ShopOfferListed: EventPayload {
    static let eventType = EventType("cashback.shop_offer_listed")
    let offerID: OfferID
    let merchantID: MerchantID

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
        case merchantID = "merchant_id"
    }
}

/// Such an offer ended.
struct ShopOfferEnded: EventPayload {
    static let eventType = EventType("cashback.shop_offer_ended")
    let offerID: OfferID
    let merchantID: MerchantID
    let endedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case endedAt = "ended_at"
    }
}

enum ShopEvent: DomainEvent {
    case listed(ShopOfferListed)
    case ended(ShopOfferEnded)

    static let forms: [EventForm<Self>] = [.form(Self.listed), .form(Self.ended)]

    var payload: any EventPayload {
        switch self {
        case .listed(let fact): fact
        case .ended(let fact): fact
        }
    }
}

/// The offers of one shop for the platform's own orders, to be found by the shop within a unit.
enum Shop: Decider {
    static let category = "shop"
    static let initial = State()
    /// How late an order may be heard of and still find an offer that ended after it was paid.
    static let memory = Duration.seconds(7 * 86_400)

    struct State: Sendable, Equatable {
        /// When each ended; nil for those that did not.
        var offers: [OfferID: Timestamp?] = [:]

        /// Those that had not ended, sorted.
        func offers(at instant: Timestamp) -> [OfferID] {
            offers.filter { $0.value.map { instant < $0 } ?? true }.keys.sorted()
        }
    }

    enum Command: Sendable {
        case list(ShopOfferListed)
        case end(ShopOfferEnded)
    }

    static func decide(_ command: Command, _ state: State) throws(CashbackError) -> [ShopEvent] {
        switch command {
        case .list(let fact): state.offers[fact.offerID] == nil ? [.listed(fact)] : []
        case .end(let fact):
            if case .some(.none) = state.offers[fact.offerID] { [.ended(fact)] } else { [] }
        }
    }

    static func evolve(_ state: inout State, _ event: ShopEvent) {
        switch event {
        case .listed(let fact): state.offers.updateValue(nil, forKey: fact.offerID)
        case .ended(let fact):
            state.offers = state.offers.filter { offer in
                offer.value.map { $0 + memory > fact.endedAt } ?? true
            }
            state.offers.updateValue(fact.endedAt, forKey: fact.offerID)
        }
    }
}
