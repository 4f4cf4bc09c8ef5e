internal import EventTypes

/// What happened to a shop, stream `merchant-<id>`.
enum MerchantEvent: DomainEvent {
    case registered(MerchantRegistered)
    case renamed(MerchantRenamed)

    static let forms: [EventForm<Self>] = [
        .form(Self.registered), .form(Self.renamed),
    ]

    var payload: any EventPayload {
        switch self {
        case .registered(let fact): fact
        case .renamed(let fact): fact
        }
    }
}

/// A shop joined the catalogue.
struct MerchantRegistered: EventPayload {
    static let eventType = EventType("catalog.shop_registered")
    let merchantID: MerchantID
    let name: String
    let website: String

    enum CodingKeys: String, CodingKey {
        case name, website
        case merchantID = "merchant_id"
    }
}

/// The shop goes by another name from now on.
struct MerchantRenamed: EventPayload {
    static let eventType = EventType("catalog.shop_renamed")
    let name: String

    enum CodingKeys: String, CodingKey {
        case name
    }
}
