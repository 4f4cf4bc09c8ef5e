internal import Database
internal import EventStore
internal import EventTypes

/// Sums by day: what moved in the ledger, what visitors did, and what was told to whom.
struct TallyProjection: Projection {
    let name = "tallies"
    let tables = ["ledger_day", "visit_day", "told_day"]

    let definition = """
        CREATE TABLE ledger_day (
            day timestamptz NOT NULL,
            purpose text NOT NULL,
            currency text NOT NULL,
            added bigint NOT NULL,
            taken bigint NOT NULL,
            postings bigint NOT NULL,
            PRIMARY KEY (day, purpose, currency)
        ) WITH (fillfactor = 70);
        CREATE TABLE visit_day (
            day timestamptz NOT NULL,
            name text NOT NULL,
            visits bigint NOT NULL,
            PRIMARY KEY (day, name)
        ) WITH (fillfactor = 70);
        CREATE TABLE told_day (
            day timestamptz NOT NULL,
            name text NOT NULL,
            times bigint NOT NULL,
            PRIMARY KEY (day, name)
        ) WITH (fillfactor = 70);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var journey = Journey()
        for event in events {
            if let fact = try PublishedFact.of(event) { journey.apply(fact.event, at: fact.time) }
        }
        var statements: [SQL] = []
        let ledger = Array(journey.ledger)
        if !ledger.isEmpty {
            statements.append(
                """
                INSERT INTO ledger_day (day, purpose, currency, added, taken, postings)
                SELECT * FROM unnest(\(ledger.map(\.key.day)), \(ledger.map(\.key.purpose)),
                    \(ledger.map(\.key.currency)), \(ledger.map(\.value.added)),
                    \(ledger.map(\.value.taken)), \(ledger.map(\.value.postings)))
                ON CONFLICT (day, purpose, currency) DO UPDATE SET
                    added = ledger_day.added + excluded.added,
                    taken = ledger_day.taken + excluded.taken,
                    postings = ledger_day.postings + excluded.postings
                """)
        }
        let visits = Array(journey.tracked)
        if !visits.isEmpty {
            statements.append(
                """
                INSERT INTO visit_day (day, name, visits)
                SELECT * FROM unnest(\(visits.map(\.key.day)), \(visits.map(\.key.name)),
                    \(visits.map(\.value)))
                ON CONFLICT (day, name) DO UPDATE SET visits = visit_day.visits + excluded.visits
                """)
        }
        let told = Array(journey.told)
        if !told.isEmpty {
            statements.append(
                """
                INSERT INTO told_day (day, name, times)
                SELECT * FROM unnest(\(told.map(\.key.day)), \(told.map(\.key.name)),
                    \(told.map(\.value)))
                ON CONFLICT (day, name) DO UPDATE SET times = told_day.times + excluded.times
                """)
        }
        _ = try await connection.pipelineExecute(statements)
    }
}
