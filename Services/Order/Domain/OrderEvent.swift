internal import EventTypes

/// Money is to go back to an order's buyer; it counts as gone from here on, so that no two refunds
/// together are more than was paid.
struct RefundDecided: EventPayload {
    static let eventType = EventType("order.refund_decided")
    let refundID: RefundID
    let lines: [RefundLine]
    let amount: Money
    let reason: String
    /// Whether it is the rest of an order that was cancelled.
    let isCancellation: Bool
    let decidedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case refundID = "refund_id"
        case lines, amount, reason
        case isCancellation = "cancellation"
        case decidedAt = "decided_at"
    }
}

/// The wallet gave no answer; it is asked again later.
struct RefundAttemptFailed: EventPayload {
    static let eventType = EventType("order.refund_attempt_failed")
    let refundID: RefundID
    let attempt: Int
    let problem: String
    let failedAt: Timestamp
    /// Nil when a person has to look.
    let retryAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case refundID = "refund_id"
        case attempt, problem
        case failedAt = "failed_at"
        case retryAt = "retry_at"
    }
}

/// A person lets it try again.
struct RefundRetried: EventPayload {
    static let eventType = EventType("order.refund_retried")
    let refundID: RefundID
    let retriedBy: UserID
    let retriedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case refundID = "refund_id"
        case retriedBy = "retried_by"
        case retriedAt = "retried_at"
    }
}

enum OrderEvent: DomainEvent {
    case placed(OrderPlaced)
    case paid(OrderPaid)
    case fulfilled(OrderFulfilled)
    case cancelled(OrderCancelled)
    case refundDecided(RefundDecided)
    case refundAttemptFailed(RefundAttemptFailed)
    case refundRetried(RefundRetried)
    case refunded(OrderRefunded)

    static let forms: [EventForm<Self>] = [
        .form(Self.placed), .form(Self.paid), .form(Self.fulfilled), .form(Self.cancelled),
        .form(Self.refundDecided), .form(Self.refundAttemptFailed), .form(Self.refundRetried),
        .form(Self.refunded),
    ]

    var payload: any EventPayload {
        switch self {
        case .placed(let fact): fact
        case .paid(let fact): fact
        case .fulfilled(let fact): fact
        case .cancelled(let fact): fact
        case .refundDecided(let fact): fact
        case .refundAttemptFailed(let fact): fact
        case .refundRetried(let fact): fact
        case .refunded(let fact): fact
        }
    }
}
