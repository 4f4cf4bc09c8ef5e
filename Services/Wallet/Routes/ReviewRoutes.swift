internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// What finance decides about and looks at.
struct ReviewRoutes: Sendable {
    struct Rejection: Decodable, Sendable {
        let reason: String
    }

    private static let shown = ["balances", "statement", "withdrawals"]

    let store: any EventStore
    let pool: DatabasePool
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "review")
        routes.get(
            "/api/v1/wallet/review/withdrawals", "List withdrawals, oldest first",
            id: "reviewWithdrawals", access: .roles([.finance]),
            parameters: [
                .query("state", oneOf: Withdrawal.Phase.self, "Only those in this state.")
            ], waitsFor: ["withdrawals"]
        ) { call in
            let state = try call.query("state", oneOf: Withdrawal.Phase.self)?.rawValue
            let after = try call.page.after(WithdrawalID.self)
            let rows = try await pool.query(
                """
                select * from withdrawal
                where (\(state)::text is null or state = \(state))
                    and (\(after)::uuid is null or withdrawal_id > \(after))
                order by withdrawal_id limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("withdrawal_id", as: WithdrawalID.self) },
                    item: { row in try WithdrawalView(row) }))
        }
        routes.post(
            "/api/v1/wallet/review/withdrawals/{id}/approve", "Approve a withdrawal",
            id: "approveWithdrawal", access: .roles([.finance]), parameters: [.withdrawal],
            problems: [.notFound, .wrongState, .approverIsOwner], waitsFor: Self.shown,
            success: 200
        ) { (call: Call<NoBody>) -> Reply<WithdrawalView> in
            let id: WithdrawalID = try call.path("id")
            let approver = try call.user().userID
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try await Withdrawals.approve(id, by: approver, at: now, in: unit)
                    return try WithdrawalView(await unit.load(Withdrawal.self, id))
                })
        }
        routes.post(
            "/api/v1/wallet/review/withdrawals/{id}/reject", "Refuse a withdrawal",
            id: "rejectWithdrawal", access: .roles([.finance]), parameters: [.withdrawal],
            problems: [.notFound, .wrongState, .approverIsOwner], waitsFor: Self.shown,
            success: 200
        ) { (call: Call<Rejection>) -> Reply<WithdrawalView> in
            let id: WithdrawalID = try call.path("id")
            let actor = try call.user().userID
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try await Withdrawals.reject(
                        id, by: actor, reason: call.body.reason, at: now, in: unit)
                    return try WithdrawalView(await unit.load(Withdrawal.self, id))
                })
        }
        routes.get(
            "/api/v1/wallet/totals", "Read the books of a currency", id: "readTotals",
            access: .roles([.finance, .admin]), parameters: [.currency], waitsFor: ["balances"]
        ) { call in .ok(try await totals(call.currency())) }
        return routes
    }

    private func totals(_ currency: Currency) async throws -> TotalsView {
        let (balances, movements) = try await pool.withTransaction(
            isolation: .repeatableRead, readOnly: true
        ) { connection in
            let balances = try await connection.query(
                """
                select purpose, sum(balance_minor)::bigint as balance from ledger_account
                where currency = \(currency)::text group by purpose order by purpose
                """)
            // Of the platform's side: each transaction has one leg there.
            let movements = try await connection.query(
                """
                select a.purpose, k.kind, k.amount_minor
                from ledger_account as a join ledger_account_kind as k using (account_id)
                where a.currency = \(currency)::text and a.owner is null
                """)
            return (balances, movements)
        }
        let purposes = try balances.map { row in
            TotalsView.Purpose(
                purpose: try row.get("purpose"), balanceMinor: try row.get("balance"))
        }
        var moved: [String: Int64] = [:]
        for row in movements {
            let purpose: String = try row.get("purpose")
            let kind: String = try row.get("kind")
            moved["\(purpose)/\(kind)"] = try row.get("amount_minor")
        }
        func sum(_ kind: TransactionKind, _ purposes: AccountPurpose...) -> Int64 {
            purposes.reduce(0) { $0 + (moved["\($1.rawValue)/\(kind.rawValue)"] ?? 0) }
        }
        return TotalsView(
            currency: currency, purposes: purposes,
            sumMinor: purposes.reduce(0) { $0 + $1.balanceMinor },
            cashbackCreditedMinor: -sum(.cashbackCredit, .networkReceivable, .settlement),
            clawedBackMinor: sum(.cashbackClawback, .networkReceivable, .settlement),
            paidOutMinor: sum(.withdrawalPaid, .providerCash),
            depositedMinor: -sum(.depositSettled, .providerCash),
            capturedMinor: sum(.holdCaptured, .settlement, .fees),
            refundedMinor: -sum(.orderRefund, .settlement, .fees))
    }
}
