internal import EventTypes

/// A person was erased: nothing new is attributed to them.
struct OwnerErased: EventPayload {
    static let eventType = EventType("cashback.owner_erased")
    let userID: UserID

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
    }
}

enum OwnerEvent: DomainEvent {
    case erased(OwnerErased)

    static let forms: [EventForm<Self>] = [.form(Self.erased)]

    var payload: any EventPayload {
        switch self {
        case .erased(let fact): fact
        }
    }
}

/// A person that clicks belong to. What they earned before they were erased stays in the books.
enum Owner: Decider {
    static let category = "owner"
    static let initial = State()

    struct State: Sendable, Equatable {
        var isErased = false
    }

    enum Command: Sendable {
        case erase(UserID)
    }

    static func decide(_ command: Command, _ state: State) throws(CashbackError) -> [OwnerEvent] {
        switch command {
        case .erase(let user): state.isErased ? [] : [.erased(OwnerErased(userID: user))]
        }
    }

    static func evolve(_ state: inout State, _ event: OwnerEvent) {
        switch event {
        case .erased: state.isErased = true
        }
    }
}
