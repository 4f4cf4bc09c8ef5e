internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Money from one person to another.
struct TransferRoutes: Sendable {
    struct Request: Decodable, Sendable {
        /// Who gets it.
        let to: UserID
        let amount: Money
    }

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator

    var table: RouteTable {
        var routes = RouteTable(tag: "transfers")
        routes.post(
            "/api/v1/wallet/transfers", "Send money to another person", id: "makeTransfer",
            access: .signedIn,
            problems: [
                .insufficientFunds, .dailyLimitExceeded, .accountClosed, .recipientUnknown,
            ],
            waitsFor: ["balances", "statement"],
            description: "It is there at once and cannot be taken back; it counts towards the "
                + "limit of the day, as withdrawals do. What the recipient owes is repaid first."
        ) { (call: Call<Request>) -> Reply<TransferView> in
            let request = Transfers.Request(
                id: ids.next(LedgerTransactionTag.self), sender: try call.user().userID,
                recipient: call.body.to, amount: call.body.amount, at: clock.now())
            return .created(
                try await store.commit(call.command) { unit in
                    let left = try await Transfers.make(request, in: unit)
                    return TransferView(request, left: left)
                })
        }
        return routes
    }
}
