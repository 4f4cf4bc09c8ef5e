internal import Database
internal import EventStore
internal import EventTypes

/// Every leg of every account in order: statements, and the balance at any instant.
///
/// The times of an account's legs never go back, so one index has them in every order.
struct StatementProjection: Projection {
    let name = "statement"
    let tables = ["statement_entry"]
    let isPartitionable = true

    let definition = """
        create table statement_entry (
            account_id uuid not null,
            number bigint not null check (number > 0),
            position bigint not null,
            transaction_id uuid not null,
            kind text not null,
            reference text not null,
            currency text not null,
            amount_minor bigint not null check (amount_minor <> 0),
            balance_minor bigint not null,
            posted_at timestamptz not null,
            primary key (account_id, posted_at, position)
        );
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var rows: [(account: LedgerAccountID, position: Int64, leg: LegPosted)] = []
        for event in events where event.type == LegPosted.eventType {
            guard let account = LedgerAccountID(String(event.stream.key)),
                let leg = try event.payload(LegPosted.self)
            else { continue }
            rows.append((account, event.position, leg))
        }
        if rows.isEmpty { return }
        try await connection.execute(
            """
            insert into statement_entry (account_id, number, position, transaction_id, kind,
                reference, currency, amount_minor, balance_minor, posted_at)
            select * from unnest(\(rows.map(\.account)), \(rows.map(\.leg.number)),
                \(rows.map(\.position)), \(rows.map(\.leg.transactionID)),
                \(rows.map(\.leg.kind.rawValue)), \(rows.map(\.leg.reference)),
                \(rows.map(\.leg.amount.currency.code)), \(rows.map(\.leg.amount.minorUnits)),
                \(rows.map(\.leg.balance.minorUnits)), \(rows.map(\.leg.postedAt)))
            """)
    }
}
