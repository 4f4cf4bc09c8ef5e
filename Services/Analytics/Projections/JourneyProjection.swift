internal import Database
internal import EventStore
internal import EventTypes

/// People, shops, clicks, sales, payouts, orders and pages, a row for each. Each row belongs to one
/// stream.
struct JourneyProjection: Projection {
    let name = "journey"
    let tables = [
        "person", "merchant", "click", "sale", "withdrawal", "purchase", "purchase_part",
        "document",
    ]
    let isPartitionable = true

    let definition = """
        CREATE TABLE person (
            id uuid PRIMARY KEY,
            registered_at timestamptz,
            is_verified boolean NOT NULL
        );
        CREATE TABLE merchant (
            id uuid PRIMARY KEY,
            name text NOT NULL
        );
        CREATE TABLE click (
            id uuid PRIMARY KEY,
            merchant_id uuid NOT NULL,
            user_id uuid,
            clicked_at timestamptz NOT NULL
        );
        CREATE TABLE sale (
            id uuid PRIMARY KEY,
            click_id uuid NOT NULL,
            merchant_id uuid NOT NULL,
            user_id uuid,
            network text NOT NULL,
            -- Of the platform's own orders.
            order_id uuid,
            sold_at timestamptz NOT NULL,
            currency text NOT NULL,
            sale_minor bigint NOT NULL,
            stage text NOT NULL,
            -- How many steps beyond the click it has come.
            depth bigint NOT NULL,
            cashback_minor bigint NOT NULL,
            clawed_back_minor bigint NOT NULL,
            approved_at timestamptz,
            credited_at timestamptz,
            clawed_back_at timestamptz
        ) WITH (fillfactor = 80);
        CREATE TABLE withdrawal (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            currency text NOT NULL,
            amount_minor bigint NOT NULL,
            requested_at timestamptz NOT NULL,
            stage text NOT NULL
        ) WITH (fillfactor = 80);
        CREATE TABLE purchase (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            currency text NOT NULL,
            total_minor bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            placed_at timestamptz,
            paid_at timestamptz,
            cancelled_at timestamptz
        ) WITH (fillfactor = 80);
        CREATE TABLE purchase_part (
            purchase_id uuid NOT NULL,
            merchant_id uuid NOT NULL,
            gross_minor bigint NOT NULL,
            PRIMARY KEY (purchase_id, merchant_id)
        );
        CREATE TABLE document (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            published_at timestamptz NOT NULL,
            is_public boolean NOT NULL
        );
        """

    let indexes = """
        CREATE INDEX person_registered_at ON person (registered_at);
        CREATE INDEX click_clicked_at ON click (clicked_at);
        CREATE INDEX sale_sold_at ON sale (sold_at);
        CREATE INDEX sale_click_id ON sale (click_id);
        CREATE INDEX sale_order_id ON sale (order_id) WHERE order_id IS NOT NULL;
        CREATE INDEX withdrawal_requested_at ON withdrawal (requested_at);
        CREATE INDEX purchase_started_at ON purchase (coalesce(placed_at, paid_at));
        CREATE INDEX purchase_paid_at ON purchase (paid_at);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let facts = try events.compactMap { try PublishedFact.of($0) }
        var journey = Journey()
        try await JourneyRows.load(into: &journey, for: facts, on: connection)
        for fact in facts { journey.apply(fact.event, at: fact.time) }
        _ = try await connection.pipelineExecute(
            JourneyRows.statements(journey) + OrderRows.statements(journey))
    }
}
