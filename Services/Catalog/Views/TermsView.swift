internal import EventTypes

/// Every version of an offer's terms.
struct TermsView: Codable, Sendable {
    let items: [OfferTerms]
}
