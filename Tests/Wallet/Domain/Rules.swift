internal import EventTypes
internal import Testing

@testable internal import WalletService

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
let day = Duration.seconds(86_400)

/// A digest that tests can read: the length and the sum of the bytes.
let readableChain = LegChain { bytes in
    "\(bytes.count)-\(bytes.reduce(into: UInt64(0)) { $0 = $0 &* 31 &+ UInt64($1) })"
}
