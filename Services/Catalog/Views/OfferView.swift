internal import Database
internal import EventTypes
internal import JSON

/// An offer with its newest terms, as clients see it.
struct OfferView: Codable, Sendable {
    /// Whether it takes clicks.
    enum State: String, Codable, CaseIterable, Sendable, SQLDecodable, SQLEncodable {
        case published, withdrawn
    }

    let id: OfferID
    let merchantID: MerchantID
    let title: String
    let network: String
    let trackingURL: String
    let state: State
    let termsVersion: Int
    let terms: OfferTerms
    let version: Int64

    enum CodingKeys: String, CodingKey {
        case id, title, network, state, terms, version
        case merchantID = "merchant_id"
        case trackingURL = "tracking_url"
        case termsVersion = "terms_version"
    }

    /// - Returns: nil for an offer that was never published.
    init?(_ state: Offer.State, version: Int64) {
        guard let draft = state.draft, let terms = state.terms.last else { return nil }
        id = draft.offerID
        merchantID = draft.merchantID
        title = draft.title
        network = draft.network
        trackingURL = draft.trackingURL
        self.state = state.phase == .withdrawn ? .withdrawn : .published
        termsVersion = terms.version
        self.terms = terms
        self.version = version
    }

    static let columns: SQL =
        "id, merchant_id, title, network, tracking_url, state, terms, version"

    init(_ row: Row) throws {
        id = try row.get("id")
        merchantID = try row.get("merchant_id")
        title = try row.get("title")
        network = try row.get("network")
        trackingURL = try row.get("tracking_url")
        state = try row.get("state")
        terms = try JSON.decode(OfferTerms.self, from: row.get("terms", as: String.self))
        termsVersion = terms.version
        version = try row.get("version")
    }
}
