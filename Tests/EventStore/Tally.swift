import EventStore
import EventTypes

/// A counter that must not go below zero: the smallest decider worth testing with.
enum Tally: Decider {
    static let category = "tally"
    static let initial = State()

    struct State: SnapshotState, Equatable {
        static let snapshotVersion = 1
        var total = 0
        var changes = 0
    }

    enum Command: Sendable {
        case add(Int)
        case take(Int)
    }

    enum Refusal: Error, Equatable { case tooLittle(has: Int) }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [TallyEvent] {
        switch command {
        case .add(0), .take(0): return []
        case .add(let amount): return [.added(TallyAdded(amount: amount))]
        case .take(let amount):
            guard state.total >= amount else { throw .tooLittle(has: state.total) }
            return [.taken(TallyTaken(amount: amount))]
        }
    }

    static func evolve(_ state: inout State, _ event: TallyEvent) {
        state.changes += 1
        switch event {
        case .added(let fact): state.total += fact.amount
        case .taken(let fact): state.total -= fact.amount
        }
    }
}

struct TallyAdded: EventPayload {
    static let eventType = EventType("test.added")
    let amount: Int
}

struct TallyTaken: EventPayload {
    static let eventType = EventType("test.taken")
    let amount: Int
}

enum TallyEvent: DomainEvent {
    case added(TallyAdded)
    case taken(TallyTaken)

    static let forms: [EventForm<Self>] = [.form(Self.added), .form(Self.taken)]

    var payload: any EventPayload {
        switch self {
        case .added(let fact): fact
        case .taken(let fact): fact
        }
    }
}
