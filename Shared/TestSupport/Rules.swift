public import EventTypes

/// What `command` adds to a stream that holds `events`.
public func decided<D: Decider>(
    _: D.Type, given events: [D.Event] = [], when command: D.Command
) throws -> [D.Event] {
    try D.decide(command, D.fold(events))
}

/// A stream of events, made by the commands themselves.
public func stream<D: Decider>(_: D.Type, _ commands: D.Command...) throws -> [D.Event] {
    var events: [D.Event] = []
    for command in commands { events += try D.decide(command, D.fold(events)) }
    return events
}

/// An amount of US dollars.
public func usd(_ cents: Int64) throws -> Money { try Money(minorUnits: cents, .usd) }

/// The identifier with this number, as `SequentialIdentifiers` gives it.
public func identifier<Entity>(_ number: UInt64) -> Identifier<Entity> {
    SequentialIdentifiers.identifier(number)
}

/// 2026-03-02T12:00:00Z.
public let noon = Timestamp(seconds: 1_772_452_800)
