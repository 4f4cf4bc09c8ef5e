internal import EventTypes

/// The rules of a shop.
enum Merchant: Decider {
    static let category = "merchant"
    static let initial = State()

    struct State: Sendable, Equatable {
        var merchantID: MerchantID?
        var name = ""
        var website = ""
    }

    enum Command: Sendable {
        case register(MerchantRegistered)
        case rename(String)
    }

    enum Refusal: Error, Equatable { case exists, unknown }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [MerchantEvent] {
        switch command {
        case .register(let fact):
            guard state.merchantID == nil else { throw .exists }
            return [.registered(fact)]
        case .rename(let name):
            guard state.merchantID != nil else { throw .unknown }
            return name == state.name ? [] : [.renamed(MerchantRenamed(name: name))]
        }
    }

    static func evolve(_ state: inout State, _ event: MerchantEvent) {
        switch event {
        case .registered(let fact):
            state = State(merchantID: fact.merchantID, name: fact.name, website: fact.website)
        case .renamed(let fact):
            state.name = fact.name
        }
    }
}
