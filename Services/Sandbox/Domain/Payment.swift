internal import EventTypes

/// Which way the money goes.
enum PaymentKind: String, Codable, CaseIterable, Sendable {
    case payout, deposit

    /// What its identifiers start with.
    var prefix: String {
        switch self {
        case .payout: "po_"
        case .deposit: "de_"
        }
    }
}

enum PaymentState: String, Codable, CaseIterable, Sendable {
    /// Next: `processing`, `failed`.
    case pending
    /// Next: `succeeded`, `failed`.
    case processing
    // Final:
    case succeeded, failed

    var isFinal: Bool { self == .succeeded || self == .failed }
}

/// A payment as the provider's clients see it.
struct Payment: Hashable, Sendable, Codable {
    let id: String
    let kind: PaymentKind
    let amount: Money
    /// The client's own name of it.
    let reference: String
    /// Where a payout goes.
    let destination: String?
    /// Where the payer of a deposit goes on.
    let checkoutURL: String?
    var status: PaymentState
    /// Why it failed.
    var reason: String?
    let createdAt: Timestamp
    var updatedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, kind, amount, reference, destination
        case checkoutURL = "checkout_url"
        case status, reason
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// How the provider behaves towards a payment: everything that real ones do on bad days, on demand.
struct Behaviour: Hashable, Sendable, Codable {
    enum Outcome: String, Codable, CaseIterable, Sendable {
        case succeed, fail
        /// It never gets past `processing`.
        case stall
        /// The request itself is refused.
        case refuse
    }

    enum Webhooks: String, Codable, CaseIterable, Sendable {
        case ordered
        /// All of a payment's events come once it is final, the last one first.
        case reversed
        /// None: the client has to ask.
        case none
    }

    var outcome = Outcome.succeed
    /// Why it fails or is refused.
    var reason: String?
    /// Between one status and the next.
    var delayMilliseconds = 20
    var webhooks = Webhooks.ordered
    /// How often each event is delivered.
    var copies = 1
    /// How many requests to create it are answered with 503 before one is taken.
    var unavailableTimes = 0

    static let delays = 0...3_600_000
    static let copyCounts = 1...10
    static let unavailableCounts = 0...100

    enum CodingKeys: String, CodingKey {
        case outcome, reason
        case delayMilliseconds = "delay_milliseconds"
        case webhooks, copies
        case unavailableTimes = "unavailable_times"
    }

    init() {}

    /// What is not given stays ordinary.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        outcome = try container.decodeIfPresent(Outcome.self, forKey: .outcome) ?? outcome
        reason = try container.decodeIfPresent(String.self, forKey: .reason)
        delayMilliseconds =
            try container.decodeIfPresent(Int.self, forKey: .delayMilliseconds)
            ?? delayMilliseconds
        webhooks = try container.decodeIfPresent(Webhooks.self, forKey: .webhooks) ?? webhooks
        copies = try container.decodeIfPresent(Int.self, forKey: .copies) ?? copies
        unavailableTimes =
            try container.decodeIfPresent(Int.self, forKey: .unavailableTimes)
            ?? unavailableTimes
        for (key, isAllowed) in [
            (CodingKeys.delayMilliseconds, Self.delays.contains(delayMilliseconds)),
            (.copies, Self.copyCounts.contains(copies)),
            (.unavailableTimes, Self.unavailableCounts.contains(unavailableTimes)),
            (.reason, reason?.utf8.count ?? 0 <= 200),
        ] where !isAllowed {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container, debugDescription: "out of range")
        }
    }
}
