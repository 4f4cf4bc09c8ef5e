internal import EventTypes

/// One step of a checkout: what is asked of the neighbours, and what their answers come to. Pure:
/// it says what to ask now, and is told the answers in any order.
///
/// Every request carries a key that follows from the checkout, so that a repeat, by whomever, finds
/// what the first one made.
struct CheckoutTask: Sendable {
    enum Ask: Sendable, Equatable {
        case products([ProductID])
        case reserve(CheckoutItem, turn: Int)
        case fulfil(ReservationID)
        case releaseStock(ReservationID)
        case hold(Money)
        case capture(HoldID, Money)
        case releaseHold(HoldID)
    }

    enum Answer: Sendable {
        case products([ProductID: Offered])
        case reserved(CatalogPort.Reserved)
        /// Whether the pieces were still set aside, and are sold now.
        case fulfilled(Bool)
        case stockReleased
        case held(WalletPort.Placed)
        case ended(WalletPort.Ended)
        /// A refusal that no answer above stands for.
        case refused(problem: String)
        /// Nobody can tell whether it was done.
        case lost(problem: String)
    }

    /// A request, and the line of questions that it belongs to.
    struct Question: Sendable, Equatable {
        let line: Int
        let ask: Ask
    }

    /// How often stock that was given up by the catalogue is set aside anew.
    static let mostTurns = 5

    private let step: CheckoutStep
    private let state: Checkout.State
    private let isFirst: Bool
    private let request: CheckoutStarted
    /// Questions of each item, or the only one, that were not asked yet.
    private var unasked: [Question] = []
    private var unanswered: Set<Int> = []
    private var turns: [Int: Int] = [:]
    private var agreed: (lines: [OrderLine], total: Money)?
    private var stock: [Int: ReservedStock] = [:]
    private var unresolved: Set<Int> = []
    private var reason: String?
    private var failure: Checkout.Outcome?
    /// What it comes to when every line has come to its end.
    private var done: Checkout.Outcome?
    /// What the step came to; nil as long as answers are awaited.
    private(set) var outcome: Checkout.Outcome?

    /// - Parameters:
    ///   - isFirst: whether nobody can have tried this step before.
    ///   - isCancelled: whether the order was cancelled since it was paid.
    /// - Returns: nil when the state leaves nothing to do.
    init?(_ step: CheckoutStep, _ state: Checkout.State, isFirst: Bool, isCancelled: Bool) {
        guard let request = state.request else { return nil }
        self.step = step
        self.state = state
        self.isFirst = isFirst
        self.request = request
        switch step {
        case .confirm: ask(0, .products(request.items.map(\.productID)))
        case .hold:
            guard let total = state.total else { return nil }
            ask(0, .hold(total))
        case .capture:
            guard let total = state.total, let id = state.holdID else { return nil }
            ask(0, .capture(id, total))
        case .fulfil:
            done = isCancelled ? .stockGivenBack : .fulfilled
            if isCancelled { askToRelease() } else { askToFulfil() }
        case .releaseHold:
            switch state.hold {
            case .none, .captured, .released: return nil
            case .placed(let id): ask(0, .releaseHold(id))
            case .unresolved:
                // Asking again with the same key tells what the lost answer said.
                guard let total = state.total else { return nil }
                ask(0, .hold(total))
            }
        case .releaseStock:
            done = .stockReleased
            askToRelease()
        }
        if unasked.isEmpty { outcome = done }
    }

    private mutating func ask(_ line: Int, _ ask: Ask) {
        unasked.append(Question(line: line, ask: ask))
    }

    private mutating func askToFulfil() {
        for (line, item) in request.items.enumerated() {
            if case .reserved(let id) = state.stock[item.productID] { ask(line, .fulfil(id)) }
        }
    }

    private mutating func askToRelease() {
        for (line, item) in request.items.enumerated() {
            switch state.stock[item.productID] ?? .none {
            case .none, .sold, .released: continue
            case .reserved(let id): ask(line, .releaseStock(id))
            case .unresolved: ask(line, .reserve(item, turn: 0))
            }
        }
    }

    /// What is to be asked now, at once; those handed out are awaited.
    mutating func next() -> [Question] {
        defer { unasked = [] }
        unanswered.formUnion(unasked.map(\.line))
        return unasked
    }

    // MARK: Answers

    mutating func answer(_ question: Question, _ answer: Answer) {
        guard outcome == nil, unanswered.remove(question.line) != nil else { return }
        switch answer {
        case .refused(let problem): fail(question, .refused(step, problem: problem))
        case .lost(let problem): fail(question, .noAnswer(step, problem: problem))
        case .products(let products): price(products)
        case .reserved(let reserved): take(reserved, question.line)
        case .fulfilled(let isSold): if !isSold { reserveAnew(question.line) }
        case .stockReleased: break
        case .held(let placed): take(placed)
        case .ended(let ended): outcome = Self.outcome(ended, of: question.ask)
        }
        if outcome == nil, unasked.isEmpty, unanswered.isEmpty { conclude() }
    }

    private mutating func fail(_ question: Question, _ failure: Checkout.Outcome) {
        if step == .confirm, case .reserve = question.ask {
            // The others may be set aside: they are heard out.
            unresolved.insert(question.line)
            self.failure = self.failure ?? failure
        } else {
            outcome = failure
        }
    }

    private mutating func conclude() {
        guard step == .confirm else { return outcome = done }
        let own = request.items.indices.compactMap { stock[$0] }
        if let reason {
            outcome = .notConfirmed(
                reason: reason, stock: own,
                unresolved: unresolved.sorted().map { request.items[$0].productID })
        } else {
            outcome = failure ?? agreed.map { .confirmed($0.lines, $0.total, own) }
        }
    }

    private mutating func price(_ products: [ProductID: Offered]) {
        switch CheckoutPricing.check(request.items, expecting: request.expectedTotal, products) {
        case .refused(let reason):
            outcome = .notConfirmed(
                reason: reason, stock: [],
                unresolved: isFirst ? [] : request.items.map(\.productID))
        case .agreed(let lines, let total):
            agreed = (lines, total)
            for (line, item) in request.items.enumerated() { ask(line, .reserve(item, turn: 0)) }
        }
    }

    private mutating func take(_ reserved: CatalogPort.Reserved, _ line: Int) {
        let product = request.items[line].productID
        switch (step, reserved) {
        case (.confirm, .made(let id)):
            stock[line] = ReservedStock(productID: product, reservationID: id)
        case (.confirm, .refused(let why)): reason = reason ?? why
        case (.fulfil, .made(let id)) where done == .fulfilled: ask(line, .fulfil(id))
        case (.fulfil, .refused(let why)) where done == .fulfilled:
            outcome = .refused(.fulfil, problem: "\(why): \(product) is paid for")
        case (_, .made(let id)): ask(line, .releaseStock(id))
        case (_, .refused): break
        }
    }

    /// The pieces were given up meanwhile, although they are paid for.
    private mutating func reserveAnew(_ line: Int) {
        let turn = (turns[line] ?? 0) + 1
        turns[line] = turn
        if turn > Self.mostTurns {
            let product = request.items[line].productID
            outcome = .refused(.fulfil, problem: "reservations of \(product) keep ending")
        } else {
            ask(line, .reserve(request.items[line], turn: turn))
        }
    }

    private mutating func take(_ placed: WalletPort.Placed) {
        switch (step, placed) {
        case (.releaseHold, .made(let id)): ask(0, .releaseHold(id))
        case (.releaseHold, .refused(let reason)): outcome = .holdGone(reason: reason)
        case (_, .made(let id)): outcome = .held(id)
        case (_, .refused(let reason)): outcome = .notHeld(reason: reason)
        }
    }

    private static func outcome(_ ended: WalletPort.Ended, of ask: Ask) -> Checkout.Outcome? {
        switch (ended, ask) {
        case (.given(let reason), _): .holdGone(reason: reason)
        case (.captured, .capture(let id, _)), (.captured, .releaseHold(let id)): .captured(id)
        case (.captured, _): nil
        }
    }
}
