internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Holds, for the services that sell.
struct HoldRoutes: Sendable {
    struct Request: Decodable, Sendable {
        let owner: UserID
        let amount: Money
        let reason: String
        let expiresInSeconds: Int64

        enum CodingKeys: String, CodingKey {
            case owner, amount, reason
            case expiresInSeconds = "expires_in_seconds"
        }
    }

    struct Capture: Decodable, Sendable {
        /// Where captured money may go.
        enum Sink: String, Codable, CaseIterable, Sendable {
            case settlement, fees
        }

        let amount: Money
        /// `settlement` where it is not given.
        let to: Sink?
    }

    struct Refund: Decodable, Sendable {
        let refundID: RefundID
        let amount: Money
        let reason: String

        enum CodingKeys: String, CodingKey {
            case refundID = "refund_id"
            case amount, reason
        }
    }

    private static let callers = Access.services(["order", "control"])

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator

    var table: RouteTable {
        var routes = RouteTable(tag: "holds")
        routes.post(
            "/internal/v1/holds", "Set money aside", id: "placeHold", access: Self.callers,
            problems: [.insufficientFunds, .accountClosed], waitsFor: ["balances", "statement"]
        ) { (call: Call<Request>) -> Reply<HoldView> in
            let hold = try Self.hold(call.body, ids.next(HoldTag.self), at: clock.now())
            let committed = try await store.commit(call.command) { unit in
                if try await unit.load(Customer.self, hold.owner).isClosed {
                    throw WalletError.customerClosed
                }
                try await Holds.place(hold, in: unit)
                return try HoldView(await unit.load(Hold.self, hold.holdID))
            }
            return .created(committed, location: "/internal/v1/holds/\(committed.result.id)")
        }
        routes.get(
            "/internal/v1/holds/{id}", "Read a hold", id: "readHold", access: Self.callers,
            parameters: [.hold], problems: [.notFound]
        ) { call in
            let (state, version) = try await store.load(
                Hold.self, call.path("id", as: HoldID.self))
            return .ok(try HoldView(state)).etag(version)
        }
        routes.post(
            "/internal/v1/holds/{id}/capture", "Take what is held, or a part of it",
            id: "captureHold", access: Self.callers, parameters: [.hold],
            problems: [.notFound, .wrongState], waitsFor: ["balances", "statement"],
            description: "What is not captured goes back to its owner.", success: 200
        ) { (call: Call<Capture>) -> Reply<HoldView> in
            let id: HoldID = try call.path("id")
            let sink = Self.sink(call.body)
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try Self.checkIsNotOfWithdrawal(await unit.load(Hold.self, id))
                    try await Holds.capture(id, call.body.amount, to: sink, at: now, in: unit)
                    return try HoldView(await unit.load(Hold.self, id))
                })
        }
        routes.post(
            "/internal/v1/holds/{id}/release", "Give back what is held", id: "releaseHold",
            access: Self.callers, parameters: [.hold], problems: [.notFound, .wrongState],
            waitsFor: ["balances", "statement"], success: 200
        ) { (call: Call<NoBody>) -> Reply<HoldView> in
            let id: HoldID = try call.path("id")
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try Self.checkIsNotOfWithdrawal(await unit.load(Hold.self, id))
                    try await Holds.release(id, at: now, in: unit)
                    return try HoldView(await unit.load(Hold.self, id))
                })
        }
        addRefund(to: &routes)
        return routes
    }

    private func addRefund(to routes: inout RouteTable) {
        routes.post(
            "/internal/v1/holds/{id}/refund", "Give back what was captured, or a part of it",
            id: "refundHold", access: Self.callers, parameters: [.hold],
            problems: [.notFound, .wrongState], waitsFor: ["balances", "statement"],
            description: "Once for each `refund_id`; in all never more than was captured.",
            success: 200
        ) { (call: Call<Refund>) -> Reply<HoldView> in
            let id: HoldID = try call.path("id")
            let refund = call.body
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try Self.checkIsNotOfWithdrawal(await unit.load(Hold.self, id))
                    try await Holds.refund(
                        id, refund.refundID, refund.amount, reason: refund.reason, at: now,
                        in: unit)
                    return try HoldView(await unit.load(Hold.self, id))
                })
        }
    }

    private static func hold(
        _ request: Request, _ id: HoldID, at now: Timestamp
    ) throws -> HoldPlaced {
        guard (1...7_776_000).contains(request.expiresInSeconds) else {
            throw Problem.bodyFault("/expires_in_seconds", "must be from 1 to 7776000")
        }
        try Withdrawal.check(reason: request.reason)
        guard !request.reason.hasPrefix("withdrawal-") else { throw WalletError.reasonMalformed }
        return HoldPlaced(
            holdID: id, owner: request.owner, amount: request.amount, reference: request.reason,
            placedAt: now, expiresAt: now + .seconds(request.expiresInSeconds))
    }

    /// The holds of withdrawals are the withdrawals' own.
    private static func checkIsNotOfWithdrawal(_ state: Hold.State) throws {
        switch state {
        case .none: return
        case .open(let hold), .resolved(let hold, _, _):
            if hold.expiresAt == nil { throw WalletError.holdNotFound }
        }
    }

    private static func sink(_ capture: Capture) -> AccountKey {
        switch capture.to ?? .settlement {
        case .settlement: .platform(.settlement, capture.amount.currency)
        case .fees: .platform(.fees, capture.amount.currency)
        }
    }
}

extension Parameter {
    static let hold = Parameter.path("id", HoldID.self, "The hold.")
}
