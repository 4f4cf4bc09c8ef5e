internal import EventTypes

/// The rules of a file: stored once, deleted once.
enum Media: Decider {
    static let category = "media"
    static let initial = State()

    struct State: Sendable, Equatable {
        var file: MediaStored?
        var deletedAt: Timestamp?
    }

    enum Command: Sendable {
        case store(MediaStored)
        case delete(now: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case exists
        case unknown
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [MediaEvent] {
        switch command {
        case .store(let file):
            guard state.file == nil else { throw .exists }
            return [.stored(file)]
        case .delete(let now):
            guard state.file != nil else { throw .unknown }
            if state.deletedAt != nil { return [] }
            return [.deleted(MediaDeleted(deletedAt: now))]
        }
    }

    static func evolve(_ state: inout State, _ event: MediaEvent) {
        switch event {
        case .stored(let fact): state.file = fact
        case .deleted(let fact): state.deletedAt = fact.deletedAt
        }
    }
}
