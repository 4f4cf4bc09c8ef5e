internal import Database
internal import EventTypes

/// A unit of work that adds one event to one stream and does nothing else but note its outcome, as
/// the arguments that `append_one` takes.
struct OneEvent {
    private let stream: StreamDraft
    private let event: NewEvent
    private let outcome: OutcomeDraft?
    private let commandID: CommandID?

    /// Nil when there is more to the unit.
    init?(_ unit: UnitDraft) {
        guard unit.streams.count == 1, let stream = unit.streams.first, stream.events.count == 1,
            let event = stream.events.first, unit.claims.isEmpty, unit.timers.isEmpty,
            unit.advances.isEmpty, !unit.isAlone
        else { return nil }
        self.stream = stream
        self.event = event
        outcome = unit.outcome
        commandID = unit.commandID
    }

    private static let call = SQL.Template("select append_one(", values: 14, ")")

    /// The call that commits it; its value is null when that cannot be.
    var sql: SQL {
        SQL(Self.call) { values in
            values.bind(stream.id)
            values.bind(stream.expected)
            values.bind(event.type.name)
            values.bind(Int32(event.type.version))
            values.bind(event.id)
            values.bind(commandID)
            values.bind(UTF8Text(bytes: event.payload))
            values.bind(UTF8Text(bytes: event.metadataText))
            values.bind(outcome?.key.scope)
            values.bind(outcome?.key.key)
            values.bind(outcome?.key.fingerprint)
            values.bind(outcome.map { UTF8Text(bytes: $0.outcome) })
            values.bind(outcome?.token)
            values.bind(outcome?.key.lifetime?.seconds)
        }
    }
}
