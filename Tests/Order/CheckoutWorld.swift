import EventTypes
import TestSupport

@testable import OrderService

/// One checkout, three workers that may all be at it at once, a wallet and a catalogue. A worker
/// begins with the start, or because a timer is due, and works for as long as there is something to
/// do.
///
/// Faults: workers are cut off between asking and recording, requests and answers get lost,
/// requests come late and twice, what is set aside expires, time runs out.
struct CheckoutWorld: World {
    enum Flaw: String, CaseIterable {
        case keyNotDeterministic, lostTakenForRefused, givenBackWithoutAsking,
            capturedTakenForReleased
        case watchNotSetAgain
    }

    static let turns = 140
    static let items = [
        CheckoutItem(productID: SequentialIdentifiers.identifier(1), quantity: 2),
        CheckoutItem(productID: SequentialIdentifiers.identifier(2), quantity: 1),
    ]
    static let start = Timestamp(seconds: 1_700_000_000)
    static let price = (try? Money(minorUnits: 100, .usd)) ?? .zero(.usd)
    static let total = (try? Money(minorUnits: 300, .usd)) ?? .zero(.usd)

    struct Worker {
        var task: CheckoutTask?
        var command: Checkout.Command?
        var isAwake = false
        /// Tells the present task from earlier ones, whose answers come too late.
        var number = 0
    }

    /// A request on its way to a neighbour and back.
    struct Message {
        let worker: Int
        let number: Int
        let question: CheckoutTask.Question
        var answer: CheckoutTask.Answer?
        /// Whether somebody still waits for the answer.
        var isAwaited = true
    }

    let flaw: Flaw?
    var now = start
    var state = Checkout.initial
    var workers = [Worker(), Worker(), Worker()]
    var messages: [Message] = []
    var timers: [CheckoutTimers.Name: Timestamp] = [:]
    var neighbours: ModelNeighbours

    init(_ flaw: Flaw?, _ run: inout Run) {
        self.flaw = flaw
        neighbours = ModelNeighbours(
            balance: run.pick(6) == 5 ? 100 : 1_000, stock: [run.pick(6) == 5 ? 1 : 5, 1],
            hasRandomKeys: flaw == .keyNotDeterministic)
        record(
            .start(
                CheckoutStarted(
                    checkoutID: SequentialIdentifiers.identifier(11),
                    orderID: SequentialIdentifiers.identifier(12),
                    userID: SequentialIdentifiers.identifier(13),
                    cartID: SequentialIdentifiers.identifier(14), items: Self.items,
                    expectedTotal: Self.total, clickID: nil, startedAt: now,
                    deadline: now + .seconds(60), holdSeconds: 960)))
        workers[0].isAwake = true
    }

    mutating func step(_ run: inout Run) throws(Violation) {
        switch run.pick(12) {
        case 0, 1, 2, 3: work(run.pick(3), &run)
        case 4, 5, 6, 7, 8, 9: if !messages.isEmpty { carry(run.pick(messages.count), &run) }
        case 10 where run.pick(2) == 0: fire(&run)
        case 10:
            let seconds = run.isCalm ? 61 : run.pick(8) == 7 ? 70 : run.pick(5)
            now = now + .seconds(Int64(seconds))
        default:
            if run.strikes(8) {
                run.say("what is set aside expires")
                neighbours.expire()
            }
        }
    }

    // MARK: Workers

    private mutating func work(_ number: Int, _ run: inout Run) {
        if let command = workers[number].command {
            workers[number].command = nil
            if run.strikes(15) {
                workers[number].isAwake = false
                return run.say("worker \(number + 1) is cut off")
            }
            run.say("worker \(number + 1) records \(command)")
            return record(command)
        }
        if workers[number].task != nil {
            if run.strikes(10) {
                run.say("worker \(number + 1) is cut off")
                leave(number)
                workers[number].isAwake = false
            }
            return
        }
        guard workers[number].isAwake else {
            // A person lets it try again.
            if state.isStuck { record(.retry(by: SequentialIdentifiers.identifier(13), at: now)) }
            return
        }
        switch Checkout.next(state, at: now) {
        case .rest, .wait: workers[number].isAwake = false
        case .turnBack(let reason): workers[number].command = .turnBack(reason: reason, at: now)
        case .end: workers[number].command = .end(at: now)
        case .step(let step):
            run.say("worker \(number + 1) is about to \(step.rawValue)")
            if flaw == .givenBackWithoutAsking, step == .releaseStock {
                workers[number].command = .report(.stockReleased, at: now)
                return
            }
            workers[number].number += 1
            workers[number].task = CheckoutTask(step, state, isFirst: false, isCancelled: false)
            ask(number)
        }
    }

    private mutating func leave(_ number: Int) {
        workers[number].task = nil
        for index in messages.indices where messages[index].worker == number {
            messages[index].isAwaited = false
        }
    }

    private mutating func record(_ command: Checkout.Command) {
        // A refusal leaves everything as it is.
        guard let events = try? Checkout.decide(command, state) else { return }
        for event in events {
            Checkout.evolve(&state, event)
            switch CheckoutTimers.change(with: event) {
            case .set(let name, let due): timers[name] = due
            case .cancelAll: timers = [:]
            case nil: break
            }
        }
    }

    /// Handles the timers that are due, and wakes a worker unless the program ends right then.
    private mutating func fire(_ run: inout Run) {
        for name in CheckoutTimers.Name.allCases {
            guard let due = timers[name], due <= now else { continue }
            timers[name] = CheckoutTimers.next(name, due: due, now: now, state)
            if flaw == .watchNotSetAgain { timers[name] = nil }
            run.say("the timer \(name.rawValue) is due")
            if CheckoutTimers.goesOn(state), !run.strikes(30) {
                workers[run.pick(workers.count)].isAwake = true
            }
        }
    }

    /// Sends what a worker's task wants to know, or takes what it came to.
    private mutating func ask(_ number: Int) {
        guard let questions = workers[number].task?.next() else { return }
        for question in questions {
            messages.append(
                Message(worker: number, number: workers[number].number, question: question))
        }
        guard let outcome = workers[number].task?.outcome else { return }
        leave(number)
        workers[number].command = .report(broken(outcome), at: now)
    }

    private func broken(_ outcome: Checkout.Outcome) -> Checkout.Outcome {
        switch (flaw, outcome) {
        case (.lostTakenForRefused, .noAnswer(.hold, let problem)): .notHeld(reason: problem)
        case (.capturedTakenForReleased, .captured) where state.phase == .failing:
            .holdGone(reason: "released")
        default: outcome
        }
    }

    // MARK: The network

    private mutating func carry(_ index: Int, _ run: inout Run) {
        let message = messages[index]
        if message.answer == nil {
            if run.strikes(8) { return lose(index, "the request gets lost", &run) }
            if run.strikes(8), message.isAwaited {
                run.say("the request for \(message.question.ask) is late")
                hear(message, .lost(problem: "late"), &run)
                messages[index].isAwaited = false
                return
            }
            let answer = neighbours.answer(message.question.ask)
            run.say("\(message.question.ask): \(answer)")
            // A repeat below us: the same request comes once more.
            if run.strikes(8) { _ = neighbours.answer(message.question.ask) }
            messages[index].answer = answer
            return
        }
        if run.strikes(10) { return lose(index, "the answer gets lost", &run) }
        messages.remove(at: index)
        if message.isAwaited, let answer = message.answer { hear(message, answer, &run) }
    }

    private mutating func lose(_ index: Int, _ what: String, _ run: inout Run) {
        let message = messages.remove(at: index)
        run.say("\(what): \(message.question.ask)")
        if message.isAwaited { hear(message, .lost(problem: "lost"), &run) }
    }

    private mutating func hear(
        _ message: Message, _ answer: CheckoutTask.Answer, _ run: inout Run
    ) {
        guard workers[message.worker].number == message.number else { return }
        workers[message.worker].task?.answer(message.question, answer)
        ask(message.worker)
    }

    // MARK: The end

    var isAtRest: Bool {
        state.phase.isOver && messages.isEmpty
            && workers.allSatisfy { $0.task == nil && $0.command == nil }
    }

    func check() throws(Violation) {
        let isPaid = state.phase == .completed
        if state.holdsSomething { throw Violation("it holds something in the end") }
        if let problem = neighbours.problem(isPaid: isPaid, Self.items) {
            throw Violation("it is \(state.phase.rawValue), and \(problem)")
        }
    }
}

/// A wallet and a catalogue that know a repeat by its key, and give the same answer again.
struct ModelNeighbours {
    enum End { case open, taken, given }
    struct Hold {
        let id: HoldID
        var end = End.open
    }
    struct Reservation {
        let id: ReservationID
        let line: Int
        var end = End.open
    }

    let balance: Int64
    let stock: [Int64]
    let hasRandomKeys: Bool
    var holds: [Hold] = []
    var reservations: [String: Reservation] = [:]
    private var last: UInt64 = 100

    init(balance: Int64, stock: [Int64], hasRandomKeys: Bool) {
        self.balance = balance
        self.stock = stock
        self.hasRandomKeys = hasRandomKeys
    }

    mutating func expire() {
        for index in holds.indices where holds[index].end == .open { holds[index].end = .given }
        for (key, one) in reservations where one.end == .open { reservations[key]?.end = .given }
    }

    mutating func answer(_ ask: CheckoutTask.Ask) -> CheckoutTask.Answer {
        last += 1
        switch ask {
        case .products: return .products(products)
        case .reserve(let item, let turn): return .reserved(reserve(item, turn))
        case .fulfil(let id):
            guard let key = key(of: id) else { return .fulfilled(false) }
            if reservations[key]?.end == .open { reservations[key]?.end = .taken }
            return .fulfilled(reservations[key]?.end == .taken)
        case .releaseStock(let id):
            if let key = key(of: id), reservations[key]?.end == .open {
                reservations[key]?.end = .given
            }
            return .stockReleased
        case .hold(let total): return .held(hold(total))
        case .capture(let id, _): return .ended(end(id, as: .taken))
        case .releaseHold(let id): return .ended(end(id, as: .given))
        }
    }

    private func key(of id: ReservationID) -> String? {
        reservations.first { $0.value.id == id }?.key
    }

    private func free(_ line: Int) -> Int64 {
        let held = reservations.values.count { $0.line == line && $0.end != .given }
        return stock[line] - Int64(held) * CheckoutWorld.items[line].quantity
    }

    private var products: [ProductID: Offered] {
        var found: [ProductID: Offered] = [:]
        for (line, item) in CheckoutWorld.items.enumerated() {
            found[item.productID] = Offered(
                productID: item.productID, merchantID: SequentialIdentifiers.identifier(20),
                title: "Disc", price: CheckoutWorld.price, isListed: true, available: free(line))
        }
        return found
    }

    private mutating func reserve(_ item: CheckoutItem, _ turn: Int) -> CatalogPort.Reserved {
        let line = CheckoutWorld.items.firstIndex(of: item) ?? 0
        let key = "\(line)/\(turn)" + (hasRandomKeys ? "/\(last)" : "")
        if let known = reservations[key] { return .made(known.id) }
        guard free(line) >= item.quantity else { return .refused(reason: "out_of_stock") }
        let id: ReservationID = SequentialIdentifiers.identifier(last)
        reservations[key] = Reservation(id: id, line: line)
        return .made(id)
    }

    private mutating func hold(_ total: Money) -> WalletPort.Placed {
        if let known = holds.first, !hasRandomKeys { return .made(known.id) }
        guard balance >= total.minorUnits else { return .refused(reason: "insufficient_funds") }
        holds.append(Hold(id: SequentialIdentifiers.identifier(last)))
        return .made(SequentialIdentifiers.identifier(last))
    }

    private mutating func end(_ id: HoldID, as end: End) -> WalletPort.Ended {
        guard let index = holds.firstIndex(where: { $0.id == id }) else {
            return .given(reason: "hold_unknown")
        }
        if holds[index].end == .open { holds[index].end = end }
        return holds[index].end == .taken ? .captured : .given(reason: "hold_released")
    }

    /// What is not as it must be when the checkout is over.
    func problem(isPaid: Bool, _ items: [CheckoutItem]) -> String? {
        if holds.contains(where: { $0.end == .open }) { return "money is still held" }
        if holds.count(where: { $0.end == .taken }) != (isPaid ? 1 : 0) {
            return "it was paid \(holds.count { $0.end == .taken }) times"
        }
        for line in items.indices {
            let own = reservations.values.filter { $0.line == line }
            if own.contains(where: { $0.end == .open }) { return "stock is still held" }
            if own.count(where: { $0.end == .taken }) != (isPaid ? 1 : 0) {
                return "item \(line) was sold \(own.count { $0.end == .taken }) times"
            }
        }
        return nil
    }
}
