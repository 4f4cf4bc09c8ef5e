internal import Database
internal import EventStore
internal import EventTypes

/// Every transaction with all its legs of one currency in one row, so that the database itself
/// refuses one that does not sum to zero.
struct TransactionsProjection: Projection {
    let name = "transactions"
    let tables = ["ledger_transaction"]
    let isPartitionable = true

    let definition = """
        create table ledger_transaction (
            transaction_id uuid not null,
            currency text not null,
            kind text not null,
            reference text not null,
            accounts uuid[] not null,
            amounts_minor bigint[] not null,
            posted_at timestamptz not null,
            primary key (transaction_id, currency),
            check (cardinality(accounts) >= 2),
            check (cardinality(accounts) = cardinality(amounts_minor)),
            -- Nearly always two, which takes less than to call the function.
            check (
                case cardinality(amounts_minor)
                    when 2 then coalesce(amounts_minor[1] + amounts_minor[2] = 0, false)
                    else sums_to_zero(amounts_minor)
                end
            )
        );
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var rows: [(fact: TransactionPosted, leg: PostedLeg)] = []
        for event in events {
            guard let fact = try event.payload(TransactionPosted.self) else { continue }
            rows += fact.legs.map { (fact, $0) }
        }
        if rows.isEmpty { return }
        try await connection.execute(
            """
            insert into ledger_transaction (transaction_id, currency, kind, reference, accounts,
                amounts_minor, posted_at)
            select id, currency, kind, reference, array_agg(account order by account),
                array_agg(amount order by account), posted_at
            from unnest(\(rows.map(\.fact.transactionID)), \(rows.map(\.leg.amount.currency.code)),
                \(rows.map(\.fact.kind.rawValue)), \(rows.map(\.fact.reference)),
                \(rows.map(\.leg.accountID)), \(rows.map(\.leg.amount.minorUnits)),
                \(rows.map(\.fact.postedAt)))
                as leg (id, currency, kind, reference, account, amount, posted_at)
            group by id, currency, kind, reference, posted_at
            """)
    }
}
