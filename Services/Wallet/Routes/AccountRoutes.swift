internal import Database
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// What people have, and how it came to be.
struct AccountRoutes: Sendable {
    /// A person's accounts of one currency.
    private static let personal: [AccountPurpose] = [.available, .held, .owed]

    let pool: DatabasePool
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "accounts")
        routes.get(
            "/api/v1/wallet/accounts", "List your accounts", id: "listAccounts", access: .signedIn,
            waitsFor: ["balances"]
        ) { call in
            let owner = try call.user().userID
            let after = try call.page.after(LedgerAccountID.self)
            let rows = try await pool.query(
                """
                select account_id, purpose, currency, balance_minor, opened_at
                from ledger_account
                where owner = \(owner) and (\(after)::uuid is null or account_id > \(after))
                order by account_id limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("account_id", as: LedgerAccountID.self) },
                    item: { row in try AccountView(row) }))
        }
        routes.get(
            "/api/v1/wallet/balance", "Read your balance, now or at an instant", id: "readBalance",
            access: .signedIn,
            parameters: [
                .currency, .query("at", Timestamp.self, "A time of RFC 3339; now by default."),
            ], waitsFor: ["statement"]
        ) { call in
            let now = clock.now()
            let at = try call.instant("at", notAfter: now)
            return .ok(
                try await balance(call.user().userID, call.currency(), at: at, now: now))
        }
        routes.get(
            "/api/v1/wallet/statement", "List the entries of your accounts, newest first",
            id: "readStatement", access: .signedIn, parameters: [.currency],
            waitsFor: ["statement"]
        ) { call in
            let owner = try call.user().userID
            return .ok(try await statement(owner, call.currency(), call.page))
        }
        return routes
    }

    private func balance(
        _ owner: UserID, _ currency: Currency, at: Timestamp?, now: Timestamp
    ) async throws -> BalanceView {
        let accounts = Self.personal.map { AccountKey.user(owner, $0, currency).id }
        let limit = at.map { at in "and posted_at <= \(at)" as SQL } ?? ""
        let rows = try await pool.query(
            """
            select a.id, e.balance_minor
            from unnest(\(accounts)) as a (id) cross join lateral (
                select balance_minor from statement_entry
                where account_id = a.id \(limit)
                order by posted_at desc, position desc limit 1
            ) as e
            """, isReadOnly: true)
        var balances: [LedgerAccountID: Int64] = [:]
        for row in rows { balances[try row.get("id")] = try row.get("balance_minor") }
        return BalanceView(
            currency: currency, availableMinor: balances[accounts[0]] ?? 0,
            heldMinor: balances[accounts[1]] ?? 0, owedMinor: -(balances[accounts[2]] ?? 0),
            at: at ?? now)
    }

    private func statement(
        _ owner: UserID, _ currency: Currency, _ page: PageRequest
    ) async throws -> Page<StatementEntryView> {
        let accounts = Self.personal.map {
            (id: AccountKey.user(owner, $0, currency).id, name: $0.rawValue)
        }
        let names = Dictionary(uniqueKeysWithValues: accounts.map { ($0.id, $0.name) })
        let before = try page.after(StatementCursor.self)
        let limit =
            before.map { before in
                "and (posted_at, position) < (\(before.at), \(before.position))" as SQL
            } ?? ""
        let rows = try await pool.query(
            """
            select e.* from unnest(\(accounts.map(\.id))) as a (id) cross join lateral (
                select account_id, number, position, transaction_id, kind, reference, currency,
                    amount_minor, balance_minor, posted_at
                from statement_entry
                where account_id = a.id \(limit)
                order by posted_at desc, position desc limit \(page.fetchLimit)
            ) as e
            order by e.posted_at desc, e.position desc limit \(page.fetchLimit)
            """, isReadOnly: true)
        return try page.page(
            rows,
            cursor: { row in
                StatementCursor(at: try row.get("posted_at"), position: try row.get("position"))
            },
            item: { row in
                let id: LedgerAccountID = try row.get("account_id")
                return try StatementEntryView(row, account: names[id] ?? "")
            })
    }

    /// Where a page of a statement goes on.
    private struct StatementCursor: Codable, Sendable {
        let at: Timestamp
        let position: Int64
    }
}
