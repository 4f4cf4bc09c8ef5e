import EventStore
import EventTypes

/// What the loads append to: an account that may not be overdrawn, with a fact a posting of the
/// size that the platform's own ledger writes.
enum BenchAccount: Decider {
    static let category = "account"
    static let initial = State()

    struct State: SnapshotState, Equatable {
        static let snapshotVersion = 1
        var balanceMinor: Int64 = 0
        var postings: Int64 = 0
    }

    struct Command: Sendable {
        let amountMinor: Int64
        let reference: EventID
        let at: Timestamp
    }

    enum Refusal: Error { case overdrawn }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [BenchEvent] {
        let balance = state.balanceMinor + command.amountMinor
        guard balance >= 0 else { throw .overdrawn }
        return [
            .posted(
                BenchPosted(
                    amountMinor: command.amountMinor, balanceMinor: balance, currency: "EUR",
                    reference: command.reference, postedAt: command.at))
        ]
    }

    static func evolve(_ state: inout State, _ event: BenchEvent) {
        guard case .posted(let fact) = event else { return }
        state.balanceMinor = fact.balanceMinor
        state.postings += 1
    }
}

struct BenchPosted: EventPayload {
    static let eventType = EventType("bench.posted")
    let amountMinor: Int64
    let balanceMinor: Int64
    let currency: String
    let reference: EventID
    let postedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case amountMinor = "amount_minor"
        case balanceMinor = "balance_minor"
        case currency, reference
        case postedAt = "posted_at"
    }
}

enum BenchEvent: DomainEvent {
    case posted(BenchPosted)

    static let forms: [EventForm<Self>] = [.form(Self.posted)]

    var payload: any EventPayload {
        switch self {
        case .posted(let fact): fact
        }
    }
}
