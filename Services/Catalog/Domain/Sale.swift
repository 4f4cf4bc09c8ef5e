internal import EventTypes

/// The rules of what an order took out of the stock: when it is cancelled before it was sent,
/// everything comes back, once, in whichever order the two become known.
enum Sale: Decider {
    static let category = "sale"
    static let initial = State()

    struct State: Sendable, Equatable {
        /// In the order in which they were sold.
        var pieces: [PiecesSold] = []
        var isCancelled = false
    }

    enum Command: Sendable {
        case sell(PiecesSold)
        case cancel
    }

    /// Nothing of it is refused.
    enum Refusal: Error {}

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [SaleEvent] {
        switch command {
        case .sell(let fact): state.pieces.contains(fact) ? [] : [.sold(fact)]
        case .cancel: state.isCancelled ? [] : [.cancelled(SaleCancelled())]
        }
    }

    static func evolve(_ state: inout State, _ event: SaleEvent) {
        switch event {
        case .sold(let fact): state.pieces.append(fact)
        case .cancelled: state.isCancelled = true
        }
    }
}
