internal import Database
internal import EventStore
internal import EventTypes

/// What providers told, and what came of it.
struct ProviderEventsProjection: Projection {
    let name = "provider_events"
    let tables = ["provider_event"]
    let isPartitionable = true

    let definition = """
        create table provider_event (
            provider_event_id text primary key,
            number bigint not null,
            provider text not null,
            kind text not null,
            reference text,
            status text,
            amount_minor bigint,
            currency text,
            outcome text not null,
            reason text,
            handled_by uuid,
            received_at timestamptz not null,
            handled_at timestamptz not null
        );
        """

    let indexes = "create index provider_event_outcome on provider_event (outcome, number);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == ProviderEvent.category {
            let id = String(event.stream.key)
            switch try event.decode(ProviderEventFact.self) {
            case .received(let fact):
                let amount = fact.report?.amount
                statements.append(
                    """
                    insert into provider_event (provider_event_id, number, provider, kind,
                        reference, status, amount_minor, currency, outcome, received_at, handled_at)
                    values (\(id), \(event.position), \(fact.provider), \(fact.kind),
                        \(fact.reference), \(fact.report?.status.rawValue),
                        \(amount?.minorUnits), \(amount?.currency.code),
                        \(ProviderEventOutcome.parked.rawValue), \(fact.receivedAt),
                        \(fact.receivedAt))
                    """)
            case .handled(let fact):
                statements.append(
                    """
                    update provider_event set outcome = \(fact.outcome.rawValue),
                        reason = \(fact.reason), handled_by = \(fact.handledBy),
                        handled_at = \(fact.handledAt)
                    where provider_event_id = \(id)
                    """)
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
