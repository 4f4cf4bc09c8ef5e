internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What this service asks of the wallet.
struct WalletPort: Sendable {
    private struct Place: Encodable, Sendable {
        let owner: UserID
        let amount: Money
        let reason: String
        let expiresInSeconds: Int64

        enum CodingKeys: String, CodingKey {
            case owner, amount, reason
            case expiresInSeconds = "expires_in_seconds"
        }
    }

    private struct Capture: Encodable, Sendable {
        let amount: Money
        let to = "settlement"
    }

    private struct Refund: Encodable, Sendable {
        let refundID: RefundID
        let amount: Money
        let reason: String

        enum CodingKeys: String, CodingKey {
            case refundID = "refund_id"
            case amount, reason
        }
    }

    private struct HoldDocument: Decodable, Sendable {
        let id: HoldID
        let state: String
    }

    enum Placed: Sendable, Equatable {
        case made(HoldID)
        case refused(reason: String)
    }

    /// How a hold ended, whoever ended it.
    enum Ended: Sendable, Equatable {
        case captured
        /// Nothing was taken, and nothing can be any more.
        case given(reason: String)
    }

    let neighbour: Neighbour

    /// Sets money aside; a repeat finds what the first one made.
    ///
    /// - Throws: `NeighbourError` when it cannot be told whether it is set aside.
    func hold(_ request: CheckoutStarted, _ amount: Money) async throws -> Placed {
        do {
            let hold: HoldDocument = try await neighbour.send(
                .post, "/internal/v1/holds",
                Place(
                    owner: request.userID, amount: amount, reason: "order-\(request.orderID)",
                    expiresInSeconds: request.holdSeconds),
                idempotencyKey: CheckoutNames.holdKey(request.checkoutID))
            return .made(hold.id)
        } catch let error as NeighbourError where error.isRefusal {
            switch error.slug {
            case "insufficient-funds": return .refused(reason: "insufficient_funds")
            case "account-closed": return .refused(reason: "wallet_closed")
            default: throw error
            }
        }
    }

    /// Takes what is held.
    ///
    /// - Throws: `NeighbourError` when it cannot be told whether it was taken.
    func capture(_ id: HoldID, _ amount: Money) async throws -> Ended {
        do {
            let _: HoldDocument = try await neighbour.send(
                .post, "/internal/v1/holds/\(id)/capture", Capture(amount: amount),
                idempotencyKey: CheckoutNames.captureKey(id))
            return .captured
        } catch let error as NeighbourError where error.isRefusal {
            return try await ended(id, error)
        }
    }

    /// Gives back what is held, unless it was taken before.
    ///
    /// - Throws: `NeighbourError`.
    func release(_ id: HoldID) async throws -> Ended {
        do {
            let _: HoldDocument = try await neighbour.send(
                .post, "/internal/v1/holds/\(id)/release", NoBody(),
                idempotencyKey: CheckoutNames.releaseKey(id))
            return .given(reason: "released")
        } catch let error as NeighbourError where error.isRefusal {
            return try await ended(id, error)
        }
    }

    /// Gives back what was taken, once for each refund.
    ///
    /// - Throws: `NeighbourError`.
    func refund(
        _ id: RefundID, of hold: HoldID, _ amount: Money, reason: String
    ) async throws {
        let _: HoldDocument = try await neighbour.send(
            .post, "/internal/v1/holds/\(hold)/refund",
            Refund(refundID: id, amount: amount, reason: reason),
            idempotencyKey: CheckoutNames.refundKey(id))
    }

    /// After a refusal the hold itself says how it ended.
    private func ended(_ id: HoldID, _ refusal: NeighbourError) async throws -> Ended {
        guard refusal.slug == "wrong-state" || refusal.status == 404 else { throw refusal }
        do {
            let hold: HoldDocument = try await neighbour.get("/internal/v1/holds/\(id)")
            switch hold.state {
            case "captured": return .captured
            case "released", "expired": return .given(reason: "hold_\(hold.state)")
            default: throw refusal
            }
        } catch let error as NeighbourError where error.status == 404 {
            return .given(reason: "hold_unknown")
        }
    }
}
