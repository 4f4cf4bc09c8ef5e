internal import EventTypes

/// Marks identifiers of reservations of stock.
enum ReservationTag {}

typealias ReservationID = Identifier<ReservationTag>

/// So many pieces of a product.
struct CheckoutItem: Hashable, Sendable, Codable {
    let productID: ProductID
    let quantity: Int64

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case quantity
    }
}

/// Pieces that the catalogue set aside for a checkout.
struct ReservedStock: Hashable, Sendable, Codable {
    let productID: ProductID
    let reservationID: ReservationID

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case reservationID = "reservation_id"
    }
}

/// Somebody asked for everything in a cart at a price.
struct CheckoutStarted: EventPayload {
    static let eventType = EventType("order.checkout_started")
    let checkoutID: CheckoutID
    let orderID: OrderID
    let userID: UserID
    let cartID: CartID
    let items: [CheckoutItem]
    let expectedTotal: Money
    let clickID: String?
    let startedAt: Timestamp
    /// From then on it goes back instead of forward.
    let deadline: Timestamp
    /// For how long money and stock are set aside: part of those requests, and so always the same.
    let holdSeconds: Int64

    enum CodingKeys: String, CodingKey {
        case checkoutID = "checkout_id"
        case orderID = "order_id"
        case userID = "user_id"
        case cartID = "cart_id"
        case items
        case expectedTotal = "expected_total"
        case clickID = "click_id"
        case startedAt = "started_at"
        case deadline
        case holdSeconds = "hold_seconds"
    }
}

/// The prices are what the buyer expects, and the stock is set aside.
struct CheckoutConfirmed: EventPayload {
    static let eventType = EventType("order.checkout_confirmed")
    let lines: [OrderLine]
    let total: Money
    let stock: [ReservedStock]
    let confirmedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case lines, total, stock
        case confirmedAt = "confirmed_at"
    }
}

/// The money is set aside.
struct CheckoutFundsHeld: EventPayload {
    static let eventType = EventType("order.checkout_funds_held")
    let holdID: HoldID
    let heldAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case heldAt = "held_at"
    }
}

struct CheckoutOrderPlaced: EventPayload {
    static let eventType = EventType("order.checkout_order_placed")
    let orderID: OrderID
    let placedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case placedAt = "placed_at"
    }
}

/// The money was taken: from here on it only goes forward.
struct CheckoutPaid: EventPayload {
    static let eventType = EventType("order.checkout_paid")
    let holdID: HoldID
    let paidAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case holdID = "hold_id"
        case paidAt = "paid_at"
    }
}

struct CheckoutCompleted: EventPayload {
    static let eventType = EventType("order.checkout_completed")
    /// Whether the stock went back because the order was cancelled before it was sold.
    let isStockReleased: Bool
    let completedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case isStockReleased = "stock_released"
        case completedAt = "completed_at"
    }
}

/// It will not become an order; what was set aside is given back, the last first.
struct CheckoutTurnedBack: EventPayload {
    static let eventType = EventType("order.checkout_turned_back")
    let reason: String
    /// What is known to be set aside.
    let stock: [ReservedStock]
    /// The products of which nobody can tell whether some were set aside.
    let unresolved: [ProductID]
    /// Whether nobody can tell if money was set aside.
    let isHoldUnresolved: Bool
    let turnedBackAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case reason, stock, unresolved
        case isHoldUnresolved = "hold_unresolved"
        case turnedBackAt = "turned_back_at"
    }
}

/// No money is set aside any more.
struct CheckoutHoldReleased: EventPayload {
    static let eventType = EventType("order.checkout_hold_released")
    let releasedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case releasedAt = "released_at"
    }
}

/// No stock is set aside any more.
struct CheckoutStockReleased: EventPayload {
    static let eventType = EventType("order.checkout_stock_released")
    let releasedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case releasedAt = "released_at"
    }
}

/// It ended without an order that is paid; nothing is set aside.
struct CheckoutFailed: EventPayload {
    static let eventType = EventType("order.checkout_ended")
    let checkoutID: CheckoutID
    let userID: UserID
    let reason: String
    /// Whether an order was placed, and is cancelled with this.
    let hadOrder: Bool
    let failedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case checkoutID = "checkout_id"
        case userID = "user_id"
        case reason
        case hadOrder = "had_order"
        case failedAt = "failed_at"
    }
}

/// A step got no answer and is repeated later.
struct CheckoutAttemptFailed: EventPayload {
    static let eventType = EventType("order.checkout_attempt_failed")
    let step: CheckoutStep
    /// From 1.
    let attempt: Int
    let problem: String
    let failedAt: Timestamp
    let retryAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case step, attempt, problem
        case failedAt = "failed_at"
        case retryAt = "retry_at"
    }
}

/// It goes neither forward nor back by itself: a person has to look.
struct CheckoutStuck: EventPayload {
    static let eventType = EventType("order.checkout_stuck")
    let step: CheckoutStep
    let problem: String
    let stuckAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case step, problem
        case stuckAt = "stuck_at"
    }
}

/// A person lets it try again.
struct CheckoutRetried: EventPayload {
    static let eventType = EventType("order.checkout_retried")
    let retriedBy: UserID
    let retriedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case retriedBy = "retried_by"
        case retriedAt = "retried_at"
    }
}

enum CheckoutEvent: DomainEvent {
    case started(CheckoutStarted)
    case confirmed(CheckoutConfirmed)
    case fundsHeld(CheckoutFundsHeld)
    case orderPlaced(CheckoutOrderPlaced)
    case paid(CheckoutPaid)
    case completed(CheckoutCompleted)
    case turnedBack(CheckoutTurnedBack)
    case holdReleased(CheckoutHoldReleased)
    case stockReleased(CheckoutStockReleased)
    case failed(CheckoutFailed)
    case attemptFailed(CheckoutAttemptFailed)
    case stuck(CheckoutStuck)
    case retried(CheckoutRetried)

    static let forms: [EventForm<Self>] = [
        .form(Self.started), .form(Self.confirmed), .form(Self.fundsHeld),
        .form(Self.orderPlaced), .form(Self.paid), .form(Self.completed), .form(Self.turnedBack),
        .form(Self.holdReleased), .form(Self.stockReleased), .form(Self.failed),
        .form(Self.attemptFailed), .form(Self.stuck), .form(Self.retried),
    ]

    var payload: any EventPayload {
        switch self {
        case .started(let fact): fact
        case .confirmed(let fact): fact
        case .fundsHeld(let fact): fact
        case .orderPlaced(let fact): fact
        case .paid(let fact): fact
        case .completed(let fact): fact
        case .turnedBack(let fact): fact
        case .holdReleased(let fact): fact
        case .stockReleased(let fact): fact
        case .failed(let fact): fact
        case .attemptFailed(let fact): fact
        case .stuck(let fact): fact
        case .retried(let fact): fact
        }
    }
}
