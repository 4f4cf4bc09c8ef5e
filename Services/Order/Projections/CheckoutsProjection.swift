internal import Database
internal import EventStore
internal import EventTypes

/// Every checkout and how far it is.
struct CheckoutsProjection: Projection {
    static let title = "checkouts"
    let name = CheckoutsProjection.title
    let tables = ["checkout"]
    let isPartitionable = true

    let definition = """
        create table checkout (
            checkout_id uuid primary key,
            order_id uuid not null,
            user_id uuid not null,
            state text not null,
            is_over boolean not null,
            is_stuck boolean not null,
            step text,
            attempts bigint not null,
            problem text,
            reason text,
            total_minor bigint not null,
            currency text not null,
            started_at timestamptz not null,
            deadline timestamptz not null,
            changed_at timestamptz not null
        );
        """

    let indexes = "create index checkout_open on checkout (checkout_id) where not is_over;"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let batch = try CheckoutsBatch(events)
        try await connection.pipelineExecute(batch.statements)
    }
}

/// A batch of events, folded in memory: one row for each checkout that it touches.
struct CheckoutsBatch {
    private struct Change {
        var request: CheckoutStarted?
        /// nil where the batch does not tell.
        var state: Checkout.Phase?
        var isStuck: Bool?
        var step: CheckoutStep?
        var attempts: Int64?
        var problem: String?
        /// Whether step, attempts and problem begin anew.
        var isFresh = false
        var reason: String?
        var changedAt: Timestamp
    }

    private var changes: [CheckoutID: Change] = [:]

    init(_ events: [RecordedEvent]) throws {
        for event in events where event.stream.category == Checkout.category {
            guard let id = CheckoutID(String(event.stream.key)) else { continue }
            var change = changes[id] ?? Change(changedAt: event.recordedAt)
            Self.fold(try event.decode(CheckoutEvent.self), into: &change)
            change.changedAt = event.recordedAt
            changes[id] = change
        }
    }

    private static func fold(_ event: CheckoutEvent, into change: inout Change) {
        switch event {
        case .started(let fact):
            change.request = fact
            enter(.started, &change)
        case .confirmed: enter(.confirmed, &change)
        case .fundsHeld: enter(.held, &change)
        case .orderPlaced: enter(.placed, &change)
        case .paid: enter(.paid, &change)
        case .completed: enter(.completed, &change)
        case .turnedBack(let fact):
            enter(.failing, &change)
            change.reason = fact.reason
        case .holdReleased, .stockReleased: enter(.failing, &change)
        case .failed(let fact):
            enter(.failed, &change)
            change.reason = fact.reason
        case .attemptFailed(let fact):
            change.step = fact.step
            change.attempts = Int64(fact.attempt)
            change.problem = fact.problem
        case .stuck(let fact):
            change.isStuck = true
            change.step = fact.step
            change.problem = fact.problem
        case .retried:
            change.isStuck = false
            change.attempts = 0
        }
    }

    private static func enter(_ state: Checkout.Phase, _ change: inout Change) {
        change.state = state
        change.isStuck = false
        change.isFresh = true
        change.step = nil
        change.attempts = 0
        change.problem = nil
    }

    var statements: [SQL] {
        let sorted = changes.sorted { $0.key < $1.key }
        let new = sorted.compactMap { row in row.value.request }
        var statements: [SQL] = []
        if !new.isEmpty {
            statements.append(
                """
                insert into checkout (checkout_id, order_id, user_id, state, is_over, is_stuck,
                    attempts, total_minor, currency, started_at, deadline, changed_at)
                select id, order_id, user_id, 'started', false, false, 0, total, currency,
                    started_at, deadline, started_at
                from unnest(\(new.map(\.checkoutID)), \(new.map(\.orderID)),
                    \(new.map(\.userID)), \(new.map(\.expectedTotal.minorUnits)),
                    \(new.map(\.expectedTotal.currency.code)), \(new.map(\.startedAt)),
                    \(new.map(\.deadline)))
                    as c (id, order_id, user_id, total, currency, started_at, deadline)
                """)
        }
        if sorted.isEmpty { return statements }
        let rows = sorted.map(\.value)
        statements.append(
            """
            update checkout as k set state = coalesce(c.state, k.state),
                is_over = coalesce(c.state in ('completed', 'failed'), k.is_over),
                is_stuck = coalesce(c.is_stuck, k.is_stuck),
                step = case when c.is_fresh then c.step else coalesce(c.step, k.step) end,
                attempts = coalesce(c.attempts, k.attempts),
                problem = case when c.is_fresh then c.problem
                    else coalesce(c.problem, k.problem) end,
                reason = coalesce(c.reason, k.reason), changed_at = c.changed_at
            from unnest(\(sorted.map(\.key)), \(rows.map { $0.state?.rawValue }),
                \(rows.map(\.isStuck)), \(rows.map { $0.step?.rawValue }),
                \(rows.map(\.attempts)), \(rows.map(\.problem)), \(rows.map(\.isFresh)),
                \(rows.map(\.reason)), \(rows.map(\.changedAt)))
                as c (id, state, is_stuck, step, attempts, problem, is_fresh, reason, changed_at)
            where k.checkout_id = c.id
            """)
        return statements
    }
}
