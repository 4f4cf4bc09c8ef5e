internal import EventTypes

/// Somebody left for a shop; the terms they saw are written down with it.
struct ClickRecorded: EventPayload {
    static let eventType = EventType("cashback.click_noted")
    let clickID: ClickID
    let offerID: OfferID
    let merchantID: MerchantID
    let network: String
    let userID: UserID?
    let terms: OfferTerms
    let clickedAt: Timestamp
    /// Where it came from; nil for somebody who followed a link.
    var source: ClickSource?

    enum CodingKeys: String, CodingKey {
        case clickID = "click_id"
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case network
        case userID = "user_id"
        case terms
        case clickedAt = "clicked_at"
        case source
    }
}

/// Where a click came from that nobody made by following a link.
enum ClickSource: String, Codable, CaseIterable, Sendable {
    /// It was recorded for an order whose buyer came without one.
    case checkout
}

enum ClickEvent: DomainEvent {
    case recorded(ClickRecorded)

    static let forms: [EventForm<Self>] = [.form(Self.recorded)]

    var payload: any EventPayload {
        switch self {
        case .recorded(let fact): fact
        }
    }
}

/// A click: recorded once, never changed, so that a sale earns what was promised then.
enum Click: Decider {
    static let category = "click"
    static let initial = State()

    struct State: Sendable, Equatable {
        var recorded: ClickRecorded?
    }

    enum Command: Sendable {
        case record(ClickRecorded)
    }

    static func decide(_ command: Command, _ state: State) throws(CashbackError) -> [ClickEvent] {
        switch command {
        case .record(let click):
            guard let known = state.recorded else { return [.recorded(click)] }
            guard known == click else { throw .clickReused }
            return []
        }
    }

    static func evolve(_ state: inout State, _ event: ClickEvent) {
        switch event {
        case .recorded(let fact): state.recorded = fact
        }
    }
}
