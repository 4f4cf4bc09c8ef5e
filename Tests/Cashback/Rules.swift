internal import EventTypes
internal import TestSupport

@testable internal import CashbackService

func terms(
    _ reward: Reward = .percentage(basisPoints: 500), cap: Money? = nil, version: Int = 1,
    until: Timestamp? = nil, regions: [String] = []
) -> OfferTerms {
    OfferTerms(
        version: version, reward: reward, cap: cap, currency: .usd,
        validFrom: noon - .seconds(60), validUntil: until, regions: regions)
}

func click(_ terms: OfferTerms = terms(), user: UserID? = identifier(1)) -> ClickRecorded {
    ClickRecorded(
        clickID: identifier(5), offerID: identifier(3), merchantID: identifier(2),
        network: "sandbox", userID: user, terms: terms, clickedAt: noon)
}

func postback(
    _ version: Int64, _ status: SaleStatus, _ cents: Int64 = 2_933, reason: String? = nil,
    click: ClickID = identifier(5), currency: Currency = .usd
) throws -> Postback {
    Postback(
        network: "sandbox", actionID: "A-1", clickID: click, version: version, status: status,
        sale: try Money(minorUnits: cents, currency), soldAt: noon, reason: reason,
        source: .postback, raw: "v=\(version)")
}
