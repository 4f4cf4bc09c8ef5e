/// What a sale earns its customer.
public enum Reward: Hashable, Sendable, Codable {
    /// Hundredths of a percent of the sale.
    case percentage(basisPoints: Int64)
    /// The same for every sale.
    case fixed(Money)

    enum CodingKeys: String, CodingKey {
        case basisPoints = "basis_points"
        case fixed
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let points = try container.decodeIfPresent(Int64.self, forKey: .basisPoints) {
            self = .percentage(basisPoints: points)
        } else {
            self = .fixed(try container.decode(Money.self, forKey: .fixed))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .percentage(let points): try container.encode(points, forKey: .basisPoints)
        case .fixed(let amount): try container.encode(amount, forKey: .fixed)
        }
    }
}

/// What an offer promises, as a numbered version that is never changed afterwards.
public struct OfferTerms: Hashable, Sendable, Codable {
    /// From 1, one more for each change.
    public let version: Int
    public let reward: Reward
    /// The most that one sale earns.
    public let cap: Money?
    /// The currency of sales and of cashback.
    public let currency: Currency
    public let validFrom: Timestamp
    /// The first instant at which it is not valid any more.
    public let validUntil: Timestamp?
    /// ISO 3166-1 alpha-2 codes; empty means everywhere.
    public let regions: [String]

    enum CodingKeys: String, CodingKey {
        case version, reward, cap, currency, regions
        case validFrom = "valid_from"
        case validUntil = "valid_until"
    }

    public init(
        version: Int, reward: Reward, cap: Money? = nil, currency: Currency, validFrom: Timestamp,
        validUntil: Timestamp? = nil, regions: [String] = []
    ) {
        self.version = version
        self.reward = reward
        self.cap = cap
        self.currency = currency
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.regions = regions
    }

    static let example = OfferTerms(
        version: 1, reward: .percentage(basisPoints: 500), currency: .usd, validFrom: .example)
}

public struct CatalogMerchantRegistered: PublishedEvent {
    public static let eventType = EventType("catalog.merchant_registered")
    public static let summary = "A shop joined the catalogue."
    public let merchantID: MerchantID
    public let name: String
    public let website: String

    enum CodingKeys: String, CodingKey {
        case merchantID = "merchant_id"
        case name
        case website
    }

    public init(merchantID: MerchantID, name: String, website: String) {
        self.merchantID = merchantID
        self.name = name
        self.website = website
    }

    public static let example = Self(
        merchantID: .example(2), name: "CDNOW", website: "https://cdnow.example")
}

public struct CatalogProductListed: PublishedEvent {
    public static let eventType = EventType("catalog.product_listed")
    public static let summary = "A product can be found and bought, at this price from now on."
    public let productID: ProductID
    public let merchantID: MerchantID
    public let title: String
    public let price: Money

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case merchantID = "merchant_id"
        case title
        case price
    }

    public init(productID: ProductID, merchantID: MerchantID, title: String, price: Money) {
        self.productID = productID
        self.merchantID = merchantID
        self.title = title
        self.price = price
    }

    public static let example = Self(
        productID: .example(4), merchantID: .example(2), title: "Compact disc",
        price: .example(1_499))
}

public struct CatalogOfferTermsPublished: PublishedEvent {
    public static let eventType = EventType("catalog.offer_terms_published")
    public static let summary =
        "An offer is live with these terms; the first version publishes the offer."
    public let offerID: OfferID
    public let merchantID: MerchantID
    public let title: String
    /// The affiliate network that reports its sales.
    public let network: String
    /// Where a click leads; `{click_id}` stands for the signed click identifier.
    public let trackingURL: String
    public let terms: OfferTerms

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case title
        case network
        case trackingURL = "tracking_url"
        case terms
    }

    public init(
        offerID: OfferID, merchantID: MerchantID, title: String, network: String,
        trackingURL: String, terms: OfferTerms
    ) {
        self.offerID = offerID
        self.merchantID = merchantID
        self.title = title
        self.network = network
        self.trackingURL = trackingURL
        self.terms = terms
    }

    public static let example = Self(
        offerID: .example(3), merchantID: .example(2), title: "5 % back on music",
        network: "sandbox", trackingURL: "https://track.example/c?subid={click_id}",
        terms: .example)
}

public struct CatalogOfferWithdrawn: PublishedEvent {
    public static let eventType = EventType("catalog.offer_withdrawn")
    public static let summary =
        "An offer takes no more clicks; what earlier clicks were promised still holds."
    public let offerID: OfferID

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
    }

    public init(offerID: OfferID) {
        self.offerID = offerID
    }

    public static let example = Self(
        offerID: .example(3))
}
