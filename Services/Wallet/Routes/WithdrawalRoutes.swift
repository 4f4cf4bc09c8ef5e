internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Money on its way out, as its owner sees it.
struct WithdrawalRoutes: Sendable {
    struct Request: Decodable, Sendable {
        struct Destination: Decodable, Sendable {
            let kind: PayoutDestination.Kind
            let value: String
        }

        let amount: Money
        let destination: Destination
    }

    let store: any EventStore
    let pool: DatabasePool
    let clock: any WallClock
    let ids: any IdentifierGenerator
    let random: any RandomSource
    let keys: any SubjectKeys

    var table: RouteTable {
        var routes = RouteTable(tag: "withdrawals")
        addRequest(to: &routes)
        routes.get(
            "/api/v1/wallet/withdrawals", "List your withdrawals, newest first",
            id: "listWithdrawals", access: .signedIn, waitsFor: ["withdrawals"]
        ) { call in
            let owner = try call.user().userID
            let before = try call.page.after(WithdrawalID.self)
            let rows = try await pool.query(
                """
                select * from withdrawal
                where user_id = \(owner) and (\(before)::uuid is null or withdrawal_id < \(before))
                order by withdrawal_id desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("withdrawal_id", as: WithdrawalID.self) },
                    item: { row in try WithdrawalView(row) }))
        }
        routes.get(
            "/api/v1/wallet/withdrawals/{id}", "Read one of your withdrawals",
            id: "readWithdrawal", access: .signedIn, parameters: [.withdrawal],
            problems: [.notFound]
        ) { call in
            let (state, version) = try await store.load(
                Withdrawal.self, call.path("id", as: WithdrawalID.self))
            guard state.request?.userID == (try call.user().userID) else {
                throw ProblemSlug.notFound.problem()
            }
            return .ok(try WithdrawalView(state)).etag(version)
        }
        routes.post(
            "/api/v1/wallet/withdrawals/{id}/cancel", "Cancel a withdrawal before it is approved",
            id: "cancelWithdrawal", access: .signedIn, parameters: [.withdrawal],
            problems: [.notFound, .wrongState], waitsFor: ["balances", "statement", "withdrawals"],
            success: 200
        ) { (call: Call<NoBody>) -> Reply<WithdrawalView> in
            let id: WithdrawalID = try call.path("id")
            let owner = try call.user().userID
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try await Withdrawals.cancel(id, by: owner, at: now, in: unit)
                    return try WithdrawalView(await unit.load(Withdrawal.self, id))
                })
        }
        return routes
    }

    private func addRequest(to routes: inout RouteTable) {
        routes.post(
            "/api/v1/wallet/withdrawals", "Ask for a payout", id: "requestWithdrawal",
            access: .signedIn,
            problems: [.insufficientFunds, .dailyLimitExceeded, .accountClosed],
            waitsFor: ["balances", "statement", "withdrawals"],
            description: "The amount is held at once and leaves once finance has approved it."
        ) { (call: Call<Request>) -> Reply<WithdrawalView> in
            let owner = try call.user().userID
            let destination = try PayoutDestination(
                kind: call.body.destination.kind, value: call.body.destination.value)
            guard let key = try await keys.key(of: owner) else { throw WalletError.customerClosed }
            let id = ids.next(WithdrawalTag.self)
            let request = WithdrawalRequested(
                withdrawalID: id, userID: owner, amount: call.body.amount,
                destinationKind: destination.kind,
                destination: try Sealing.seal(
                    destination.value, for: owner, key: key, context: WithdrawalSeal.context(id),
                    random: random),
                holdID: .derived(from: id, "hold"), requestedAt: clock.now())
            let committed = try await store.commit(call.command) { unit in
                try await Withdrawals.request(request, in: unit)
                return try WithdrawalView(await unit.load(Withdrawal.self, id))
            }
            return .created(
                committed, location: "/api/v1/wallet/withdrawals/\(committed.result.id)")
        }
    }
}

extension Parameter {
    static let withdrawal = Parameter.path("id", WithdrawalID.self, "The withdrawal.")
}
