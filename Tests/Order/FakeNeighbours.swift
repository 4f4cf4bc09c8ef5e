import EventTypes
import HTTP
import JSON
import ServiceKit
import Synchronization
import TestSupport

@testable import OrderService

/// A catalogue and a wallet that keep to their contracts, and lose answers when they are told to.
final class FakeNeighbours: Sendable {
    /// What becomes of one request.
    enum Fate: Sendable {
        case answered
        /// It does not arrive.
        case lost
        /// It is done, and the answer does not arrive.
        case answerLost
    }

    struct Product: Sendable {
        var merchant: MerchantID
        var title: String
        var price: Money
        var stock: Int64
        var isListed = true
    }

    struct Reservation: Sendable {
        let product: ProductID
        let quantity: Int64
        var state = "open"
    }

    struct Hold: Sendable {
        let owner: UserID
        let amount: Money
        var state = "open"
        var refunds: [String: Int64] = [:]

        var refunded: Int64 { refunds.values.reduce(0, +) }
    }

    struct State: Sendable {
        var products: [ProductID: Product] = [:]
        var reservations: [String: Reservation] = [:]
        var balances: [UserID: Int64] = [:]
        var holds: [String: Hold] = [:]
        /// What was done under a key, with its answer.
        var done: [String: JSONValue] = [:]
        var log: [String] = []
        var last: UInt64 = 5_000
        var fate: @Sendable (String) -> Fate = { _ in .answered }

        func free(_ id: ProductID) -> Int64 {
            let open = reservations.values.filter { $0.product == id && $0.state == "open" }
            return (products[id]?.stock ?? 0) - open.reduce(0) { $0 + $1.quantity }
        }

        func available(_ user: UserID) -> Int64 {
            let gone = holds.values.filter { $0.owner == user }.reduce(Int64(0)) { sum, hold in
                switch hold.state {
                case "open": sum + hold.amount.minorUnits
                case "captured": sum + hold.amount.minorUnits - hold.refunded
                default: sum
                }
            }
            return (balances[user] ?? 0) - gone
        }

        func holds(of user: UserID, _ state: String) -> Int {
            holds.values.count { $0.owner == user && $0.state == state }
        }
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    var handlers: [String: HTTPHandler] {
        [
            "catalog": { try await self.answer($0, Self.catalog) },
            "wallet": { try await self.answer($0, Self.wallet) },
        ]
    }

    typealias Rule = @Sendable ([String], HTTPMethod, JSONValue, inout State) throws -> JSONValue

    private func answer(_ request: HTTPRequest, _ rule: Rule) async throws -> HTTPResponse {
        let bytes = try await request.body.collect(upTo: 1 << 16)
        let body = (try? JSON.decode(JSONValue.self, from: bytes)) ?? .null
        let key = request.headers["Idempotency-Key"]
        let path = request.path.split(separator: "/").map(String.init)
        return try state.withLock { state in
            let name = "\(request.method.rawValue) \(request.path)"
            state.log.append(name)
            let fate = state.fate(name)
            if case .lost = fate { return HTTPResponse(500) }
            do {
                let answer: JSONValue
                if let key, let known = state.done[key] {
                    answer = known
                } else {
                    answer = try rule(path, request.method, body, &state)
                    if let key { state.done[key] = answer }
                }
                if case .answerLost = fate { return HTTPResponse(500) }
                return try HTTPResponse.json(answer)
            } catch let problem as Problem {
                if case .answerLost = fate { return HTTPResponse(500) }
                return problem.response()
            }
        }
    }

    private static let catalog: Rule = { path, method, body, state in
        if method == .get {
            guard let id = path.last.flatMap({ ProductID($0) }), let product = state.products[id]
            else { throw Problem.bare(404) }
            return [
                "id": .string("\(id)"), "merchant_id": .string("\(product.merchant)"),
                "title": .string(product.title), "sku": "s", "description": "",
                "price": money(product.price), "stock": .integer(product.stock),
                "state": product.isListed ? "listed" : "delisted",
                "available": .integer(state.free(id)), "version": 1,
            ]
        }
        if path.count == 3 {
            guard let id = body["product_id"]?.string.flatMap({ ProductID($0) }),
                let quantity = body["quantity"]?.integer, state.products[id] != nil
            else { throw ProblemSlug.invalid.problem() }
            guard quantity <= state.free(id) else {
                throw Problem("out-of-stock", 409, "Out of stock")
            }
            state.last += 1
            let name = "\(SequentialIdentifiers.identifier(state.last) as ReservationID)"
            state.reservations[name] = Reservation(product: id, quantity: quantity)
            return ["id": .string(name), "state": "open"]
        }
        let name = path[3]
        guard let reservation = state.reservations[name] else { throw Problem.bare(404) }
        if path[4] == "fulfil" {
            guard reservation.state == "open" else {
                throw Problem("reservation-ended", 409, "Ended")
            }
            state.reservations[name]?.state = "fulfilled"
            state.products[reservation.product]?.stock -= reservation.quantity
        } else if reservation.state == "open" {
            state.reservations[name]?.state = "released"
        }
        return ["id": .string(name), "state": "ended"]
    }

    private static let wallet: Rule = { path, method, body, state in
        let amount = body["amount"]?["amount_minor"]?.integer ?? 0
        if path.count == 3 {
            guard let owner = body["owner"]?.string.flatMap({ UserID($0) }),
                amount <= state.available(owner)
            else { throw Problem("insufficient-funds", 409, "Not enough") }
            state.last += 1
            let name = "\(SequentialIdentifiers.identifier(state.last) as HoldID)"
            state.holds[name] = Hold(
                owner: owner, amount: try Money(minorUnits: amount, .usd))
            return ["id": .string(name), "state": "open"]
        }
        let name = path[3]
        guard let hold = state.holds[name] else { throw Problem.bare(404) }
        if method == .get { return ["id": .string(name), "state": .string(hold.state)] }
        switch path[4] {
        case "capture", "release":
            guard hold.state == "open" else { throw Problem("wrong-state", 409, "Ended") }
            state.holds[name]?.state = path[4] == "capture" ? "captured" : "released"
        default:
            guard let refund = body["refund_id"]?.string else { throw Problem.bare(422) }
            guard hold.state == "captured" else { throw Problem("wrong-state", 409, "Not taken") }
            if hold.refunds[refund] == nil {
                guard hold.refunded + amount <= hold.amount.minorUnits else {
                    throw Problem("invalid-request", 422, "Too much")
                }
                state.holds[name]?.refunds[refund] = amount
            }
        }
        return ["id": .string(name), "state": .string(state.holds[name]?.state ?? "")]
    }

    private static func money(_ money: Money) -> JSONValue {
        ["amount_minor": .integer(money.minorUnits), "currency": .string(money.currency.code)]
    }
}
