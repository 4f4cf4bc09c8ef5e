internal import EventTypes

/// What a webhook is about, in our own names.
enum PaymentSubject: Hashable, Sendable {
    case withdrawal(WithdrawalID)
    case deposit(DepositID)
}

/// A provider told us something; its text is kept, apart from where the money goes.
struct ProviderEventReceived: EventPayload {
    static let eventType = EventType("wallet.provider_event_received")
    let provider: String
    /// The provider's own name of the event.
    let eventName: String
    let kind: String
    /// Our name of the payment; nil when it names none of ours.
    let reference: String?
    let report: ProviderReport?
    let body: String
    let receivedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case provider
        case eventName = "event_name"
        case kind, reference, report, body
        case receivedAt = "received_at"
    }
}

/// What came of it.
struct ProviderEventHandled: EventPayload {
    static let eventType = EventType("wallet.provider_event_handled")
    let outcome: ProviderEventOutcome
    /// Why it is parked or discarded.
    let reason: String?
    let handledAt: Timestamp
    /// Who decided; nil where nobody had to.
    var handledBy: UserID?

    enum CodingKeys: String, CodingKey {
        case outcome, reason
        case handledAt = "handled_at"
        case handledBy = "handled_by"
    }
}

enum ProviderEventOutcome: String, Codable, CaseIterable, Sendable {
    /// It moved a payment, or repeated what was known.
    case applied
    /// It fits no payment, or contradicts one: somebody looks at it. Next: `applied`, `discarded`.
    case parked
    /// Somebody looked at it, and nothing comes of it.
    case discarded
}

enum ProviderEventFact: DomainEvent {
    case received(ProviderEventReceived)
    case handled(ProviderEventHandled)

    static let forms: [EventForm<Self>] = [.form(Self.received), .form(Self.handled)]

    var payload: any EventPayload {
        switch self {
        case .received(let fact): fact
        case .handled(let fact): fact
        }
    }
}

/// One event of a provider: kept and handled once, however often it is delivered.
enum ProviderEvent: Decider {
    static let category = "provider_event"
    static let initial = State()

    struct State: Sendable, Equatable {
        var received: ProviderEventReceived?
        var outcome: ProviderEventOutcome?
    }

    enum Command: Sendable {
        case record(ProviderEventReceived, ProviderEventHandled)
        /// Another attempt at a parked one.
        case retry(ProviderEventHandled)
        /// Nothing will come of a parked one.
        case discard(ProviderEventHandled)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(WalletError) -> [ProviderEventFact] {
        switch command {
        case .record(let event, let result):
            if state.received != nil { return [] }
            return [.received(event), .handled(result)]
        case .retry(let result):
            guard result.outcome == .applied, state.outcome != .applied else { return [] }
            try checkIsParked(state)
            return [.handled(result)]
        case .discard(let result):
            try checkIsParked(state)
            try Withdrawal.check(reason: result.reason ?? "")
            return [.handled(result)]
        }
    }

    private static func checkIsParked(_ state: State) throws(WalletError) {
        guard let outcome = state.outcome else { throw .noticeNotFound }
        guard outcome == .parked else { throw .wrongPhase(outcome.rawValue) }
    }

    static func evolve(_ state: inout State, _ event: ProviderEventFact) {
        switch event {
        case .received(let fact): state.received = fact
        case .handled(let fact): state.outcome = fact.outcome
        }
    }
}
