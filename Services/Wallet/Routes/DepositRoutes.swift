internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Money on its way in.
struct DepositRoutes: Sendable {
    struct Request: Decodable, Sendable {
        let amount: Money
    }

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator

    var table: RouteTable {
        var routes = RouteTable(tag: "deposits")
        routes.post(
            "/api/v1/wallet/deposits", "Pay in", id: "createDeposit", access: .signedIn,
            problems: [.accountClosed], waitsFor: ["balances"],
            description: "The provider is asked at once; read the deposit for where to pay."
        ) { (call: Call<Request>) -> Reply<DepositView> in
            let request = DepositInitiated(
                depositID: ids.next(DepositTag.self), userID: try call.user().userID,
                amount: call.body.amount, initiatedAt: clock.now())
            let committed = try await store.commit(call.command) { unit in
                try await Deposits.initiate(request, in: unit)
                return try DepositView(await unit.load(Deposit.self, request.depositID))
            }
            return .created(
                committed, location: "/api/v1/wallet/deposits/\(committed.result.id)")
        }
        routes.get(
            "/api/v1/wallet/deposits/{id}", "Read one of your deposits", id: "readDeposit",
            access: .signedIn,
            parameters: [.path("id", DepositID.self, "The deposit.")], problems: [.notFound]
        ) { call in
            let id: DepositID = try call.path("id")
            let (state, version) = try await store.load(Deposit.self, id)
            guard state.request?.userID == (try call.user().userID) else {
                throw ProblemSlug.notFound.problem()
            }
            return .ok(try DepositView(state)).etag(version)
        }
        return routes
    }
}
