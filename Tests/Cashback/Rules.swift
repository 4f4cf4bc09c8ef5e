internal import EventTypes
internal import Testing

@testable internal import CashbackService

/// What `command` adds to a stream that holds `events`.
func decided<D: Decider>(
    _: D.Type, given events: [D.Event] = [], when command: D.Command
) throws -> [D.Event] {
    try D.decide(command, D.fold(events))
}

/// A stream of events, made by the commands themselves.
func stream<D: Decider>(_: D.Type, _ commands: D.Command...) throws -> [D.Event] {
    var events: [D.Event] = []
    for command in commands { events += try D.decide(command, D.fold(events)) }
    return events
}

func usd(_ cents: Int64) throws -> Money { try Money(minorUnits: cents, .usd) }

func identifier<Entity>(_ number: UInt64) -> Identifier<Entity> {
    Identifier(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
}

/// 2026-03-02T12:00:00Z.
let noon = Timestamp(seconds: 1_772_452_800)

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
