internal import EventTypes

/// The rules of a cart. A guest's ends when it is merged or left alone for long; a person's is
/// there for good, and loses what was ordered.
enum Cart: Decider {
    static let category = "cart"
    static let initial = State()

    /// The most products in one cart.
    static let mostLines = 50
    /// The most pieces of one product.
    static let mostPieces: Int64 = 99

    struct State: Sendable, Equatable {
        /// absent → open → closed
        enum Phase: Sendable, Equatable { case absent, open, closed }

        var phase = Phase.absent
        var opened: CartOpened?
        /// In the order in which they were put there.
        var lines: [CartLine] = []
        var into: CartID?
        /// The guests' carts that were added, each with what was left out.
        var merged: [CartID: [CartLine]] = [:]

        /// The currency of everything in it; nil while it is empty.
        var currency: Currency? { lines.first?.unitPrice.currency }

        /// The sum of its lines; nil while it is empty or where it is out of range.
        var total: Money? {
            guard let currency else { return nil }
            return try? lines.reduce(Money.zero(currency)) { sum, line in
                try sum.adding(line.unitPrice.times(line.quantity))
            }
        }
    }

    enum Command: Sendable {
        case open(CartOpened)
        case set(CartLine)
        case remove(ProductID)
        /// Adds the lines of a guest's cart.
        case merge(CartID, [CartLine])
        case close(CartClosed)
        /// Nobody has changed it for as long as a guest's cart is kept.
        case abandon(at: Timestamp)
        case order(CartOrdered)
    }

    enum Refusal: Error, Equatable {
        case absent
        case closed
        case quantityOutOfRange
        case tooManyLines
        case currencyDiffers(Currency)
        case totalOutOfRange
        case mergedElsewhere
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [CartEvent] {
        switch command {
        case .open(let fact): return state.phase == .absent ? [.opened(fact)] : []
        case .set(let line): return try set(line, try open(state))
        case .remove(let product):
            let state = try open(state)
            guard state.lines.contains(where: { $0.productID == product }) else { return [] }
            return [.lineRemoved(CartLineRemoved(productID: product))]
        case .merge(let cart, let lines):
            let state = try open(state)
            return state.merged[cart] == nil ? [.merged(merge(cart, lines, state))] : []
        case .close(let fact):
            switch state.phase {
            case .absent: return fact.reason == .erased ? [.closed(fact)] : []
            case .open: return [.closed(fact)]
            case .closed:
                if fact.reason == .merged, fact.into != state.into { throw .mergedElsewhere }
                return []
            }
        case .abandon(let at): return abandon(state, at)
        case .order(let fact):
            return state.phase == .open ? [.ordered(fact)] : []
        }
    }

    private static func open(_ state: State) throws(Refusal) -> State {
        switch state.phase {
        case .absent: throw .absent
        case .open: return state
        case .closed: throw .closed
        }
    }

    private static func abandon(_ state: State, _ at: Timestamp) -> [CartEvent] {
        guard state.phase == .open, let opened = state.opened, opened.owner == nil else {
            return []
        }
        let lines = state.lines.map {
            AbandonedLine(
                productID: $0.productID, merchantID: $0.merchantID, quantity: $0.quantity,
                unitPrice: $0.unitPrice)
        }
        return [
            .abandoned(
                OrderCartAbandoned(cartID: opened.cartID, lines: lines, abandonedAt: at))
        ]
    }

    private static func set(_ line: CartLine, _ state: State) throws(Refusal) -> [CartEvent] {
        guard (1...mostPieces).contains(line.quantity) else { throw .quantityOutOfRange }
        let others = state.lines.filter { $0.productID != line.productID }
        guard others.count < mostLines else { throw .tooManyLines }
        if let other = others.first, other.unitPrice.currency != line.unitPrice.currency {
            throw .currencyDiffers(other.unitPrice.currency)
        }
        if state.lines.contains(line) { return [] }
        var next = state
        evolve(&next, .lineSet(CartLineSet(line: line)))
        guard next.total != nil else { throw .totalOutOfRange }
        return [.lineSet(CartLineSet(line: line))]
    }

    /// As much of `lines` as fits; quantities are added.
    private static func merge(_ cart: CartID, _ lines: [CartLine], _ state: State) -> CartMerged {
        var next = state
        var changed: [CartLine] = []
        var leftOut: [CartLine] = []
        for line in lines {
            var sum = line
            let old = next.lines.first { $0.productID == line.productID }
            sum.quantity = min(line.quantity + (old?.quantity ?? 0), mostPieces)
            do throws(Refusal) {
                for event in try set(sum, next) { evolve(&next, event) }
            } catch {
                leftOut.append(line)
                continue
            }
            var rest = line
            rest.quantity = line.quantity + (old?.quantity ?? 0) - sum.quantity
            if rest.quantity > 0 { leftOut.append(rest) }
            if sum != old { changed.append(sum) }
        }
        return CartMerged(from: cart, lines: changed, leftOut: leftOut)
    }

    static func evolve(_ state: inout State, _ event: CartEvent) {
        switch event {
        case .opened(let fact):
            state.phase = .open
            state.opened = fact
        case .lineSet(let fact): state.put(fact.line)
        case .lineRemoved(let fact): state.lines.removeAll { $0.productID == fact.productID }
        case .merged(let fact):
            for line in fact.lines { state.put(line) }
            state.merged[fact.from] = fact.leftOut
        case .ordered(let fact):
            for item in fact.items {
                guard let index = state.lines.firstIndex(where: { $0.productID == item.productID })
                else { continue }
                state.lines[index].quantity -= item.quantity
                if state.lines[index].quantity <= 0 { state.lines.remove(at: index) }
            }
        case .closed(let fact):
            state.phase = .closed
            state.into = fact.into
            state.lines = []
        case .abandoned:
            state.phase = .closed
            state.lines = []
        }
    }
}

extension Cart.State {
    fileprivate mutating func put(_ line: CartLine) {
        if let index = lines.firstIndex(where: { $0.productID == line.productID }) {
            lines[index] = line
        } else {
            lines.append(line)
        }
    }
}

extension Money {
    /// So many times the amount.
    func times(_ count: Int64) throws(MoneyError) -> Money {
        let (product, overflow) = minorUnits.multipliedReportingOverflow(by: count)
        guard !overflow else { throw .outOfRange }
        return try Money(minorUnits: product, currency)
    }
}
