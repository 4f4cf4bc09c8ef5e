internal import Database
internal import EventTypes

/// A refund and how far it is.
struct RefundView: Codable, Sendable {
    enum State: String, Codable, CaseIterable, Sendable {
        /// The wallet has not moved the money yet.
        case pending
        /// A person has to look.
        case stuck
        case refunded
    }

    let id: RefundID
    let orderID: OrderID
    let state: State
    let lines: [RefundLine]
    let amount: Money
    let reason: String
    let isCancellation: Bool
    let decidedAt: Timestamp
    let refundedAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id
        case orderID = "order_id"
        case state, lines, amount, reason
        case isCancellation = "cancellation"
        case decidedAt = "decided_at"
        case refundedAt = "refunded_at"
    }

    init(_ refund: Order.Refund, of order: OrderID) {
        let decided = refund.decided
        id = decided.refundID
        orderID = order
        state = refund.refundedAt != nil ? .refunded : refund.isStuck ? .stuck : .pending
        lines = decided.lines
        amount = decided.amount
        reason = decided.reason
        isCancellation = decided.isCancellation
        decidedAt = decided.decidedAt
        refundedAt = refund.refundedAt
    }
}

/// A refund that has not moved yet, as staff sees it.
struct RefundReviewView: Codable, Sendable {
    let id: RefundID
    let orderID: OrderID
    let userID: UserID
    let state: RefundView.State
    let attempts: Int64
    let lastProblem: String?
    let amount: Money
    let decidedAt: Timestamp
    let changedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case orderID = "order_id"
        case userID = "user_id"
        case state, attempts
        case lastProblem = "last_problem"
        case amount
        case decidedAt = "decided_at"
        case changedAt = "changed_at"
    }

    init(_ row: Row) throws {
        id = try row.get("refund_id")
        orderID = try row.get("order_id")
        userID = try row.get("user_id")
        state = RefundView.State(rawValue: try row.get("state")) ?? .pending
        attempts = try row.get("attempts")
        lastProblem = try row.get("problem")
        amount = try Money(minorUnits: row.get("amount_minor"), row.get("currency"))
        decidedAt = try row.get("decided_at")
        changedAt = try row.get("changed_at")
    }
}
