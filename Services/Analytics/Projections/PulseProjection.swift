internal import Database
internal import EventStore
internal import EventTypes

/// What the platform's page shows, in a few rows: it is read every second by whoever looks.
struct PulseProjection: Projection {
    let name = "pulse"
    let tables = ["pulse_second", "pulse_topic", "pulse_total", "pulse_latest", "pulse_credit"]

    let definition = """
        CREATE TABLE pulse_second (
            second timestamptz PRIMARY KEY,
            events bigint NOT NULL
        ) WITH (fillfactor = 70);
        CREATE TABLE pulse_topic (
            topic text PRIMARY KEY,
            events bigint NOT NULL,
            last_at timestamptz NOT NULL
        ) WITH (fillfactor = 50);
        -- Counts have no currency.
        CREATE TABLE pulse_total (
            name text NOT NULL,
            currency text NOT NULL,
            total bigint NOT NULL,
            PRIMARY KEY (name, currency)
        ) WITH (fillfactor = 50);
        -- The last sale that came as far.
        CREATE TABLE pulse_latest (
            reach text PRIMARY KEY,
            conversion_id uuid NOT NULL,
            at timestamptz NOT NULL,
            amount_minor bigint,
            currency text
        ) WITH (fillfactor = 50);
        -- The last sale that each person was credited for.
        CREATE TABLE pulse_credit (
            user_id uuid PRIMARY KEY,
            conversion_id uuid NOT NULL,
            at timestamptz NOT NULL
        ) WITH (fillfactor = 80);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let facts = try events.compactMap { try PublishedFact.of($0) }
        if facts.isEmpty { return }
        var pulse = Pulse()
        let paid = Set(facts.compactMap { ($0.event as? WalletWithdrawalPaid)?.userID })
        if !paid.isEmpty {
            let rows = try await connection.query(
                "SELECT * FROM pulse_credit WHERE user_id = ANY(\(Array(paid)))")
            for row in rows {
                pulse.credits[try row.get("user_id")] = Pulse.Credit(
                    conversionID: try row.get("conversion_id"), at: try row.get("at"))
            }
        }
        for fact in facts { pulse.apply(fact.event, at: fact.time) }
        _ = try await connection.pipelineExecute(Self.statements(pulse))
    }

    private static func statements(_ pulse: Pulse) -> [SQL] {
        [seconds(pulse), topics(pulse), totals(pulse), latest(pulse), credits(pulse)]
            .compactMap { $0 }
            + [
                // The page shows the last minute; some more is kept for readers that lag behind.
                """
                DELETE FROM pulse_second
                WHERE second < (SELECT max(second) FROM pulse_second) - interval '10 minutes'
                """
            ]
    }

    private static func seconds(_ pulse: Pulse) -> SQL? {
        let rows = Array(pulse.seconds)
        return """
            INSERT INTO pulse_second (second, events)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value)))
            ON CONFLICT (second) DO UPDATE SET events = pulse_second.events + excluded.events
            """
    }

    private static func topics(_ pulse: Pulse) -> SQL? {
        let rows = Array(pulse.topics)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO pulse_topic (topic, events, last_at)
            SELECT * FROM unnest(\(rows.map(\.key.rawValue)), \(rows.map(\.value.events)),
                \(rows.map(\.value.lastAt)))
            ON CONFLICT (topic) DO UPDATE SET
                events = pulse_topic.events + excluded.events,
                last_at = greatest(pulse_topic.last_at, excluded.last_at)
            """
    }

    private static func totals(_ pulse: Pulse) -> SQL? {
        let rows =
            pulse.counts.map { ($0.key.rawValue, "", Int64($0.value)) }
            + pulse.amounts.map { ($0.key.amount.rawValue, $0.key.currency.code, $0.value) }
        if rows.isEmpty { return nil }
        return """
            INSERT INTO pulse_total (name, currency, total)
            SELECT * FROM unnest(\(rows.map(\.0)), \(rows.map(\.1)), \(rows.map(\.2)))
            ON CONFLICT (name, currency) DO UPDATE SET
                total = pulse_total.total + excluded.total
            """
    }

    private static func latest(_ pulse: Pulse) -> SQL? {
        let rows = Array(pulse.latest)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO pulse_latest (reach, conversion_id, at, amount_minor, currency)
            SELECT * FROM unnest(\(rows.map(\.key.rawValue)), \(rows.map(\.value.conversionID)),
                \(rows.map(\.value.at)), \(rows.map(\.value.amount?.minorUnits)),
                \(rows.map(\.value.amount?.currency)))
            ON CONFLICT (reach) DO UPDATE SET
                conversion_id = excluded.conversion_id, at = excluded.at,
                amount_minor = excluded.amount_minor, currency = excluded.currency
            WHERE excluded.at >= pulse_latest.at
            """
    }

    private static func credits(_ pulse: Pulse) -> SQL? {
        let rows = Array(pulse.credits)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO pulse_credit (user_id, conversion_id, at)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.conversionID)),
                \(rows.map(\.value.at)))
            ON CONFLICT (user_id) DO UPDATE SET
                conversion_id = excluded.conversion_id, at = excluded.at
            WHERE excluded.at >= pulse_credit.at
            """
    }
}
