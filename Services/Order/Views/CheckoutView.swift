internal import Database
internal import EventTypes

/// A checkout as its owner sees it.
struct CheckoutView: Codable, Sendable {
    struct Step: Codable, Sendable {
        let name: String
        let at: Timestamp
    }

    let id: CheckoutID
    let orderID: OrderID
    let state: Checkout.Phase
    /// Why it failed, or goes back.
    let reason: String?
    let total: Money
    let steps: [Step]
    let startedAt: Timestamp
    let deadline: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case orderID = "order_id"
        case state, reason, total, steps
        case startedAt = "started_at"
        case deadline
    }

    /// - Returns: nil when there is none.
    init?(_ checkout: Checkout.State) {
        guard let request = checkout.request else { return nil }
        id = request.checkoutID
        orderID = request.orderID
        state = checkout.phase
        reason = checkout.reason
        total = checkout.total ?? request.expectedTotal
        steps = checkout.milestones.map { Step(name: $0.name, at: $0.at) }
        startedAt = request.startedAt
        deadline = request.deadline
    }
}

/// A checkout that has not ended, as staff sees it.
struct CheckoutReviewView: Codable, Sendable {
    let id: CheckoutID
    let orderID: OrderID
    let userID: UserID
    let state: Checkout.Phase
    let isStuck: Bool
    /// The step that got no answer last.
    let step: String?
    let attempts: Int64
    let lastProblem: String?
    let reason: String?
    let total: Money
    let startedAt: Timestamp
    let deadline: Timestamp
    let changedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case orderID = "order_id"
        case userID = "user_id"
        case state
        case isStuck = "stuck"
        case step, attempts
        case lastProblem = "last_problem"
        case reason, total
        case startedAt = "started_at"
        case deadline
        case changedAt = "changed_at"
    }

    init(_ row: Row) throws {
        id = try row.get("checkout_id")
        orderID = try row.get("order_id")
        userID = try row.get("user_id")
        state = Checkout.Phase(rawValue: try row.get("state")) ?? .none
        isStuck = try row.get("is_stuck")
        step = try row.get("step")
        attempts = try row.get("attempts")
        lastProblem = try row.get("problem")
        reason = try row.get("reason")
        total = try Money(minorUnits: row.get("total_minor"), row.get("currency"))
        startedAt = try row.get("started_at")
        deadline = try row.get("deadline")
        changedAt = try row.get("changed_at")
    }
}
