internal import EventTypes

/// The wallet learned that this person exists.
struct CustomerNoted: EventPayload {
    static let eventType = EventType("wallet.customer_noted")
    let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }
}

/// The wallet learned how well a person is known.
struct KYCLevelNoted: EventPayload {
    static let eventType = EventType("wallet.kyc_level_noted")
    let userID: UserID
    let level: Int

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case level
    }
}

/// The wallet learned that a person was erased.
struct CustomerClosed: EventPayload {
    static let eventType = EventType("wallet.customer_closed")
    let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }
}

/// A withdrawal takes part of a day's limit.
struct OutflowCounted: EventPayload {
    static let eventType = EventType("wallet.outflow_counted")
    /// What it is, as `kind-identifier`.
    let reference: String
    let amount: Money
    let countedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case reference, amount
        case countedAt = "counted_at"
    }
}

/// Something that was counted did not leave the wallet after all.
struct OutflowUncounted: EventPayload {
    static let eventType = EventType("wallet.outflow_uncounted")
    let reference: String
}

enum CustomerEvent: DomainEvent {
    case noted(CustomerNoted)
    case levelNoted(KYCLevelNoted)
    case closed(CustomerClosed)
    case counted(OutflowCounted)
    case uncounted(OutflowUncounted)

    static let forms: [EventForm<Self>] = [
        .form(Self.noted), .form(Self.levelNoted), .form(Self.closed), .form(Self.counted),
        .form(Self.uncounted),
    ]

    var payload: any EventPayload {
        switch self {
        case .noted(let fact): fact
        case .levelNoted(let fact): fact
        case .closed(let fact): fact
        case .counted(let fact): fact
        case .uncounted(let fact): fact
        }
    }
}
