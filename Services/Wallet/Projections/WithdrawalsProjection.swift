internal import Database
internal import EventStore
internal import EventTypes

/// Every withdrawal and how far it is.
struct WithdrawalsProjection: Projection {
    let name = "withdrawals"
    let tables = ["withdrawal"]
    let isPartitionable = true

    let definition = """
        create table withdrawal (
            withdrawal_id uuid primary key,
            user_id uuid not null,
            amount_minor bigint not null check (amount_minor > 0),
            currency text not null,
            destination_kind text not null,
            state text not null,
            approved_by uuid,
            provider_reference text,
            reason text,
            requested_at timestamptz not null,
            changed_at timestamptz not null
        );
        """

    let indexes = """
        create index withdrawal_user on withdrawal (user_id, withdrawal_id);
        create index withdrawal_state on withdrawal (state, withdrawal_id);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let batch = try WithdrawalsBatch(events)
        if batch.isEmpty { return }
        _ = try await connection.pipeline(batch.statements)
    }
}

/// A batch of events, folded in memory: one row for each withdrawal that it touches.
struct WithdrawalsBatch {
    private struct Change {
        var request: WithdrawalRequested?
        var state = Withdrawal.Phase.requested
        var approvedBy: UserID?
        var providerReference: String?
        var reason: String?
        var changedAt: Timestamp
    }

    private var changes: [WithdrawalID: Change] = [:]

    var isEmpty: Bool { changes.isEmpty }

    init(_ events: [RecordedEvent]) throws {
        for event in events where event.stream.category == Withdrawal.category {
            guard let id = WithdrawalID(String(event.stream.key)) else { continue }
            var change = changes[id] ?? Change(changedAt: event.recordedAt)
            switch try event.decode(WithdrawalEvent.self) {
            case .requested(let fact): change.request = fact
            case .approved(let fact):
                change.state = .approved
                change.approvedBy = fact.approvedBy
            case .stopped(let fact):
                change.state = fact.isCancelledByOwner ? .cancelled : .rejected
                change.reason = fact.reason
            case .progressed(let fact):
                change.state = .submitted
                change.providerReference = fact.providerReference
            case .paid(let fact):
                change.state = .paid
                change.providerReference = fact.providerReference
            case .failed(let fact):
                change.state = .failed
                change.reason = fact.reason
                change.providerReference = fact.providerReference ?? change.providerReference
            }
            change.changedAt = event.recordedAt
            changes[id] = change
        }
    }

    var statements: [SQL] {
        let sorted = changes.sorted { $0.key < $1.key }
        let old = sorted.filter { $0.value.request == nil }
        let new = sorted.compactMap { row in row.value.request.map { (fact: $0, row: row.value) } }
        return [
            """
            insert into withdrawal (withdrawal_id, user_id, amount_minor, currency,
                destination_kind, state, approved_by, provider_reference, reason, requested_at,
                changed_at)
            select * from unnest(\(new.map(\.fact.withdrawalID)), \(new.map(\.fact.userID)),
                \(new.map(\.fact.amount.minorUnits)), \(new.map(\.fact.amount.currency.code)),
                \(new.map(\.fact.destinationKind.rawValue)), \(new.map(\.row.state.rawValue)),
                \(new.map(\.row.approvedBy)), \(new.map(\.row.providerReference)),
                \(new.map(\.row.reason)), \(new.map(\.fact.requestedAt)),
                \(new.map(\.row.changedAt)))
            """,
            """
            update withdrawal as w set state = c.state,
                approved_by = coalesce(c.approved_by, w.approved_by),
                provider_reference = coalesce(c.reference, w.provider_reference),
                reason = coalesce(c.reason, w.reason), changed_at = c.changed_at
            from unnest(\(old.map(\.key)), \(old.map(\.value.state.rawValue)),
                \(old.map(\.value.approvedBy)), \(old.map(\.value.providerReference)),
                \(old.map(\.value.reason)), \(old.map(\.value.changedAt)))
                as c (id, state, approved_by, reference, reason, changed_at)
            where w.withdrawal_id = c.id
            """,
        ]
    }
}
