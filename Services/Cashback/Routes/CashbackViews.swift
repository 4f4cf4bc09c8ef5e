internal import Database
internal import EventTypes

struct LinkRequest: Codable, Sendable {
    let offerID: OfferID

    enum CodingKeys: String, CodingKey {
        case offerID = "offer_id"
    }
}

struct LinkView: Codable, Sendable {
    let url: String
}

struct ClickView: Codable, Sendable {
    let id: ClickID
    let offerID: OfferID
    let merchantID: MerchantID
    let offerTitle: String?
    let network: String
    let termsVersion: Int
    let clickedAt: Timestamp
    /// `checkout` where it was recorded for an order; nil for a link that was followed.
    let source: String?

    enum CodingKeys: String, CodingKey {
        case id
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case offerTitle = "offer_title"
        case network
        case termsVersion = "terms_version"
        case clickedAt = "clicked_at"
        case source
    }

    init(_ row: Row) throws {
        id = try row.get(0)
        offerID = try row.get(1)
        merchantID = try row.get(2)
        offerTitle = try row.get(3)
        network = try row.get(4)
        termsVersion = try row.get(5)
        clickedAt = try row.get(6)
        source = try row.get(7)
    }
}

/// A sale as its owner sees it.
struct ConversionView: Codable, Sendable {
    let id: ConversionID
    let clickID: ClickID
    let offerID: OfferID
    let merchantID: MerchantID
    let offerTitle: String?
    let network: String
    /// The order at the platform's own checkout that it belongs to.
    let orderID: OrderID?
    let termsVersion: Int
    let sale: Money
    /// What it earns as things stand.
    let cashback: Money
    let clawedBack: Money
    let state: Conversion.Phase
    let reason: String
    let soldAt: Timestamp
    let updatedAt: Timestamp
    /// On the way of one sale only.
    var steps: [StepView]?

    enum CodingKeys: String, CodingKey {
        case id
        case clickID = "click_id"
        case offerID = "offer_id"
        case merchantID = "merchant_id"
        case offerTitle = "offer_title"
        case network
        case orderID = "order_id"
        case termsVersion = "terms_version"
        case sale, cashback
        case clawedBack = "clawed_back"
        case state, reason
        case soldAt = "sold_at"
        case updatedAt = "updated_at"
        case steps
    }

    static let columns: SQL = """
        c.conversion_id, c.click_id, c.offer_id, c.merchant_id, o.title, c.network,
        c.terms_version, c.sale_minor, c.sale_currency, c.cashback_minor, c.clawed_back_minor,
        c.currency, c.state, c.reason, c.sold_at, c.updated_at, c.number, c.action_id
        """

    init(_ row: Row) throws {
        id = try row.get(0)
        clickID = try row.get(1)
        offerID = try row.get(2)
        merchantID = try row.get(3)
        offerTitle = try row.get(4)
        network = try row.get(5)
        termsVersion = try row.get(6)
        sale = try Money(minorUnits: try row.get(7), try row.get(8))
        cashback = try Money(minorUnits: try row.get(9), try row.get(11))
        clawedBack = try Money(minorUnits: try row.get(10), try row.get(11))
        state = try row.get(12)
        reason = try row.get(13)
        soldAt = try row.get(14)
        updatedAt = try row.get(15)
        orderID =
            network == OwnOrders.network
            ? OwnOrders.order(ofAction: try row.get("action_id")) : nil
    }
}

/// One step of a sale, and why it was taken.
struct StepView: Codable, Sendable {
    let state: Conversion.Phase
    let at: Timestamp
    let reason: String
    /// The sale of the first step, the cashback of the others.
    let amount: Money?

    init(_ row: Row) throws {
        state = try row.get(0)
        at = try row.get(1)
        reason = try row.get(2)
        let minorUnits: Int64? = try row.get(3)
        let currency: Currency? = try row.get(4)
        amount = try minorUnits.flatMap { minorUnits in
            try currency.map { try Money(minorUnits: minorUnits, $0) }
        }
    }
}

/// A version of a sale as the network sent it.
struct PostbackView: Codable, Sendable {
    let version: Int64
    let status: SaleStatus
    let sale: Money
    let source: Postback.Source
    let outcome: PostbackOutcome
    let receivedAt: Timestamp
    let raw: String

    enum CodingKeys: String, CodingKey {
        case version, status, sale, source, outcome
        case receivedAt = "received_at"
        case raw
    }

    init(_ fact: PostbackRecorded) {
        version = fact.version
        status = fact.status
        sale = fact.sale
        source = fact.source
        outcome = fact.outcome
        receivedAt = fact.receivedAt
        raw = fact.raw
    }
}

struct PostbackList: Codable, Sendable {
    let items: [PostbackView]
}

/// What somebody's sales come to, by state and currency.
struct SummaryView: Codable, Sendable {
    let byState: [String: [Money]]
    let conversions: Int

    enum CodingKeys: String, CodingKey {
        case byState = "by_state"
        case conversions
    }
}

extension Conversion.Phase: SQLDecodable {}

/// What the network is told.
struct ReceiptView: Codable, Sendable {
    enum Status: String, Codable, Sendable {
        case recorded, duplicate
    }

    let status: Status
    /// What came of it; nil for a duplicate.
    let outcome: PostbackOutcome?
    let conversionID: ConversionID

    enum CodingKeys: String, CodingKey {
        case status, outcome
        case conversionID = "conversion_id"
    }
}

struct NetworkRequest: Codable, Sendable {
    let mapping: NetworkMapping?
    let secret: String
    let secretField: String?
    let signatureHeader: String?

    enum CodingKeys: String, CodingKey {
        case mapping, secret
        case secretField = "secret_field"
        case signatureHeader = "signature_header"
    }
}

struct NetworkView: Codable, Sendable {
    let network: String
    let mapping: NetworkMapping
    let secretField: String
    let signatureHeader: String?

    enum CodingKeys: String, CodingKey {
        case network, mapping
        case secretField = "secret_field"
        case signatureHeader = "signature_header"
    }
}
