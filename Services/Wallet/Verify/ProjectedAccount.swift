internal import Database
internal import EventStore
internal import EventTypes

/// A row of `balances`, to be held against the log.
struct ProjectedAccount: Sendable, Equatable {
    let id: LedgerAccountID
    let owner: UserID?
    let purpose: String
    let currency: String
    let balance: Int64
    let legs: Int64
    let lastHash: String

    /// All rows, and the position that they show.
    static func read(
        _ pool: DatabasePool
    ) async throws -> (checkpoint: Int64, rows: [ProjectedAccount]) {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            let projection = try await connection.query(
                "select checkpoint from projection where name = 'balances'")
            // Before the first start there are no tables.
            guard let checkpoint = try projection.first?.get(0, as: Int64.self) else {
                return (0, [])
            }
            let rows = try await connection.query(
                """
                select account_id, owner, purpose, currency, balance_minor, legs, last_hash
                from ledger_account
                """)
            return (checkpoint, try rows.map(ProjectedAccount.init))
        }
    }

    private init(_ row: Row) throws {
        id = try row.get("account_id")
        owner = try row.get("owner")
        purpose = try row.get("purpose")
        currency = try row.get("currency")
        balance = try row.get("balance_minor")
        legs = try row.get("legs")
        lastHash = try row.get("last_hash")
    }

    static func faults(of rows: [ProjectedAccount], _ audit: LedgerAudit) -> AuditFaults {
        var faults = AuditFaults()
        var missing = audit.standingsAtMark ?? [:]
        for row in rows {
            guard let standing = missing.removeValue(forKey: row.id) else {
                faults.add("account \(row.id) is projected, but not in the log")
                continue
            }
            let opened = standing.opened
            if row.balance != standing.balance {
                faults.add(
                    "account \(row.id) shows \(row.balance), the log says \(standing.balance)")
            } else if row.legs != standing.legs || row.lastHash != standing.lastHash
                || row.owner != opened.owner || row.purpose != opened.purpose.rawValue
                || row.currency != opened.currency.code
            {
                faults.add("account \(row.id) differs from the log")
            }
        }
        for id in missing.keys { faults.add("account \(id) is in the log, but not projected") }
        return faults
    }
}

/// What the database can say of its own tables.
enum ProjectedLegs {
    /// Statements against balances and transactions, where all three show the same position.
    static func check(_ context: VerifyContext) async throws -> InvariantResult {
        try await context.pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            connection in
            let projections = try await connection.query(
                """
                select count(*) as tables, count(distinct checkpoint) as positions
                from projection where name in ('balances', 'statement', 'transactions')
                """)
            guard let row = projections.first, try row.get("tables", as: Int.self) == 3,
                try row.get("positions", as: Int.self) == 1
            else { return .holds(examined: 0) }
            let counts = try await connection.query("select count(*) as legs from statement_entry")
            let legs: Int = try counts.first?.get("legs") ?? 0
            let wrong = try await connection.query(
                """
                select coalesce(a.account_id, e.account_id)::text as id, 'account' as what
                from ledger_account as a full join (
                    select account_id, sum(amount_minor) as amount, count(*) as legs
                    from statement_entry group by account_id
                ) as e on e.account_id = a.account_id
                where a.balance_minor is distinct from e.amount or a.legs is distinct from e.legs
                union all
                select coalesce(t.transaction_id, e.transaction_id)::text, 'transaction'
                from (
                    select transaction_id, currency, account, amount
                    from ledger_transaction,
                        unnest(accounts, amounts_minor) as leg (account, amount)
                ) as t full join statement_entry as e
                    on e.transaction_id = t.transaction_id and e.account_id = t.account
                where t.amount is distinct from e.amount_minor
                    or t.currency is distinct from e.currency
                limit \(InvariantResult.violationLimit)
                """)
            if wrong.isEmpty { return .holds(examined: legs) }
            return .violated(
                try wrong.map { row in
                    let what: String = try row.get("what")
                    let id: String = try row.get("id")
                    return "\(what) \(id) differs between the tables"
                })
        }
    }
}
