internal import Database
internal import EventStore
internal import EventTypes

/// Every account of the ledger with what stands in it, and what each kind of transaction moved in
/// those of the platform.
struct BalancesProjection: Projection {
    let name = "balances"
    let version = 2
    let tables = ["ledger_account", "ledger_account_kind"]
    let isPartitionable = true

    let definition = """
        create table ledger_account (
            account_id uuid primary key,
            owner uuid,
            purpose text not null,
            currency text not null,
            balance_minor bigint not null,
            -- The furthest below zero that it was ever allowed to go.
            overdraft_minor bigint not null check (overdraft_minor >= 0),
            legs bigint not null check (legs >= 0),
            last_hash text not null,
            opened_at timestamptz not null,
            check ((owner is not null) = (purpose in ('available', 'held', 'owed'))),
            check (
                case purpose
                    when 'network_receivable' then true
                    when 'provider_cash' then true
                    when 'settlement' then true
                    when 'owed' then balance_minor <= 0
                    else balance_minor >= -overdraft_minor
                end
            )
        );
        create table ledger_account_kind (
            account_id uuid not null,
            kind text not null,
            amount_minor bigint not null,
            legs bigint not null check (legs > 0),
            primary key (account_id, kind)
        );
        """

    let indexes = """
        create unique index ledger_account_key
            on ledger_account (owner, purpose, currency) nulls not distinct;
        create index ledger_account_purpose on ledger_account (currency, purpose)
            where owner is null;
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let batch = try BalancesBatch(events)
        if batch.isEmpty { return }
        _ = try await connection.pipeline(batch.statements)
    }
}

/// A batch of events, folded in memory: one row for each account that it touches.
struct BalancesBatch {
    private struct Change {
        var opened: AccountOpened?
        var balance: Int64?
        var overdraft: Int64 = 0
        var legs: Int64 = 0
        var hash = LegChain.origin
    }

    private struct KindKey: Hashable {
        let account: LedgerAccountID
        let kind: TransactionKind
    }

    private var changes: [LedgerAccountID: Change] = [:]
    private var kinds: [KindKey: (amount: Int64, legs: Int64)] = [:]

    var isEmpty: Bool { changes.isEmpty }

    init(_ events: [RecordedEvent]) throws {
        for event in events where event.stream.category == Account.category {
            guard let account = LedgerAccountID(String(event.stream.key)) else { continue }
            switch try event.decode(AccountEvent.self) {
            case .opened(let fact):
                changes[account, default: Change()].opened = fact
                changes[account]?.balance = 0
            case .posted(let fact):
                changes[account, default: Change()].balance = fact.balance.minorUnits
                changes[account]?.legs = fact.number
                changes[account]?.hash = fact.hash
                let key = KindKey(account: account, kind: fact.kind)
                let before = kinds[key] ?? (0, 0)
                kinds[key] = (before.amount + fact.amount.minorUnits, before.legs + 1)
            case .overdraftLimitSet(let fact):
                let before = changes[account, default: Change()].overdraft
                changes[account, default: Change()].overdraft = max(
                    before, fact.limit.minorUnits)
            }
        }
    }

    /// Accounts are opened seldom, so mostly there are two.
    var statements: [SQL] {
        let isOpening = changes.contains { $0.value.opened != nil }
        return (isOpening ? [opened] : []) + [changed, moved]
    }

    private var opened: SQL {
        let rows = changes.compactMap { row in
            row.value.opened.map { (id: row.key, fact: $0, change: row.value) }
        }
        return """
            insert into ledger_account (account_id, owner, purpose, currency, balance_minor,
                overdraft_minor, legs, last_hash, opened_at)
            select * from unnest(\(rows.map(\.id)), \(rows.map(\.fact.owner)),
                \(rows.map(\.fact.purpose.rawValue)), \(rows.map(\.fact.currency.code)),
                \(rows.map { $0.change.balance ?? 0 }), \(rows.map(\.change.overdraft)),
                \(rows.map(\.change.legs)), \(rows.map(\.change.hash)),
                \(rows.map(\.fact.openedAt)))
            """
    }

    private var changed: SQL {
        let rows = changes.filter { $0.value.opened == nil }
        return """
            update ledger_account as a set
                balance_minor = coalesce(c.balance, a.balance_minor),
                overdraft_minor = greatest(a.overdraft_minor, c.overdraft),
                legs = greatest(a.legs, c.legs),
                last_hash = case when c.legs > 0 then c.hash else a.last_hash end
            from unnest(\(rows.map(\.key)), \(rows.map(\.value.balance)),
                \(rows.map(\.value.overdraft)), \(rows.map(\.value.legs)),
                \(rows.map(\.value.hash))) as c (id, balance, overdraft, legs, hash)
            where a.account_id = c.id
            """
    }

    private var moved: SQL {
        let rows = Array(kinds)
        return """
            insert into ledger_account_kind as k (account_id, kind, amount_minor, legs)
            select m.* from unnest(\(rows.map(\.key.account)), \(rows.map(\.key.kind.rawValue)),
                \(rows.map(\.value.amount)), \(rows.map(\.value.legs)))
                as m (id, kind, amount, legs)
            join ledger_account as a on a.account_id = m.id
            where a.owner is null
            on conflict (account_id, kind) do update set
                amount_minor = k.amount_minor + excluded.amount_minor,
                legs = k.legs + excluded.legs
            """
    }
}
