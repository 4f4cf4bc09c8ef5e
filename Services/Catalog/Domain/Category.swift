internal import EventTypes

/// The rules of a category.
enum Category: Decider {
    static let category = "category"
    static let initial = State()

    struct State: Sendable, Equatable {
        var categoryID: CategoryID?
        var name = ""
    }

    enum Command: Sendable {
        case create(CategoryCreated)
        case rename(String)
    }

    enum Refusal: Error, Equatable { case exists, unknown, ownParent }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [CategoryEvent] {
        switch command {
        case .create(let fact):
            guard state.categoryID == nil else { throw .exists }
            guard fact.parentID != fact.categoryID else { throw .ownParent }
            return [.created(fact)]
        case .rename(let name):
            guard state.categoryID != nil else { throw .unknown }
            return name == state.name ? [] : [.renamed(CategoryRenamed(name: name))]
        }
    }

    static func evolve(_ state: inout State, _ event: CategoryEvent) {
        switch event {
        case .created(let fact): state = State(categoryID: fact.categoryID, name: fact.name)
        case .renamed(let fact): state.name = fact.name
        }
    }
}
