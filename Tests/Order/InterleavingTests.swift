import EventStore
import EventTypes
import JSON
import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import OrderService

/// Several workers on one checkout, in every order that a seed gives: each reads, asks a
/// neighbour, and records later or never; requests and answers get lost; money and stock that was
/// set aside expires; time passes.
@Suite("A checkout under every interleaving") struct InterleavingTests {
    static let seeds: ClosedRange<UInt64> = 1...150
    static let turns = 40

    @Test(.timeLimit(.minutes(10)))
    func `whatever happens, it is paid once or nothing is held`() async throws {
        var ends: [String: Int] = [:]
        try await OrderWorld.with(.memory) { world in
            for seed in Self.seeds {
                let scene = try await Interleaving(seed, world)
                try await scene.play(turns: Self.turns)
                let end = try await scene.finish()
                ends[end, default: 0] += 1
            }
        }
        // The seeds lead to every kind of end.
        #expect(ends["completed", default: 0] > 10)
        #expect(ends["failed", default: 0] > 10)
    }
}

private final class Interleaving {
    private struct Worker {
        /// What it has read, and is about to do.
        var plan: (step: CheckoutStep, state: Checkout.State)?
        /// What it is about to record.
        var pending: Checkout.Command?
    }

    private let random: SeededRandom
    private let seed: UInt64
    private let world: OrderWorld
    private let checkouts: Checkouts
    private let work: CheckoutWork
    private let user: UserID
    private let id: CheckoutID
    private let balance: Int64
    private let stock: Int64
    private var workers: [Worker] = Array(repeating: Worker(), count: 3)

    init(_ seed: UInt64, _ world: OrderWorld) async throws {
        self.seed = seed
        self.world = world
        random = SeededRandom(seed)
        user = identifier(100_000 + seed)
        let context = world.order.context
        checkouts = Checkouts(
            store: context.store, clock: world.order.clock, ids: context.ids,
            timeLimit: .seconds(60))
        work = CheckoutWork(
            catalog: CatalogPort(neighbour: context.neighbour("catalog")),
            wallet: WalletPort(neighbour: context.neighbour("wallet")))
        balance = seed.isMultiple(of: 7) ? 100 : 10_000
        stock = seed.isMultiple(of: 11) ? 1 : 10
        let (user, balance, stock) = (user, balance, stock)
        world.neighbours.change { state in
            state.balances[user] = balance
            state.reservations = [:]
            state.products[OrderWorld.disc]?.stock = stock
            state.products[OrderWorld.book]?.stock = 1
            state.fate = { _ in .answered }
        }
        try await world.put(OrderWorld.disc, 2, as: user)
        try await world.put(OrderWorld.book, 1, as: user)
        id = try await checkouts.start(
            Checkouts.Wanted(userID: user, expectedTotal: try usd(4_998), clickID: nil),
            CommandContext(correlationID: identifier(seed))
        ).result
    }

    private func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    // MARK: Chaos

    func play(turns: Int) async throws {
        let counts = Mutex<[String: UInt64]>([:])
        let seed = seed
        // The fate of a request follows from the seed and how often it was sent, so that requests
        // that are sent at once meet the same fates in any order.
        world.neighbours.change { state in
            state.fate = { name in
                let count = counts.withLock { counts in
                    counts[name, default: 0] += 1
                    return counts[name, default: 0]
                }
                let kind = name.split(separator: "/").filter { $0.count < 30 }.joined()
                let sum = kind.utf8.reduce(seed &* 31 &+ count) { $0 &* 131 &+ UInt64($1) }
                switch SeededRandom(sum).next() % 10 {
                case 0, 1: return .lost
                case 2, 3: return .answerLost
                default: return .answered
                }
            }
        }
        for _ in 0..<turns { try await take() }
    }

    private func take() async throws {
        switch random.next() % 12 {
        case 0: world.order.clock.advance(by: .seconds(Int64(random.next() % 20)))
        case 1: if chance(15) { expire() }
        default: break
        }
        let number = Int(random.next() % UInt64(workers.count))
        let now = world.order.clock.now()
        if let command = workers[number].pending {
            workers[number].pending = nil
            // A worker may be cut off between asking and recording.
            if !chance(20) { _ = try? await checkouts.record(command, of: id, context) }
        } else if let (step, state) = workers[number].plan {
            workers[number].plan = nil
            workers[number].pending = await work.make(
                step, state, isFirst: false, isCancelled: false
            ).map { .report($0, at: now) }
        } else {
            try await read(number, now)
        }
    }

    private func read(_ number: Int, _ now: Timestamp) async throws {
        let state = try await world.order.store.load(Checkout.self, id).state
        switch Checkout.next(state, at: now) {
        case .rest:
            if state.isStuck { workers[number].pending = .retry(by: user, at: now) }
        case .wait: break
        case .turnBack(let reason):
            workers[number].pending = .turnBack(reason: reason, at: now)
        case .end: workers[number].pending = .end(at: now)
        case .step(let step): workers[number].plan = (step, state)
        }
    }

    /// What nobody ended in time ends by itself.
    private func expire() {
        world.order.clock.advance(by: .seconds(1_000))
        let user = user
        world.neighbours.change { state in
            for (name, hold) in state.holds where hold.owner == user && hold.state == "open" {
                state.holds[name]?.state = "expired"
            }
            for (name, one) in state.reservations where one.state == "open" {
                state.reservations[name]?.state = "released"
            }
        }
    }

    private var context: CommandContext { CommandContext(correlationID: identifier(seed)) }

    // MARK: Calm

    /// Lets it end, and looks at what is there then.
    func finish() async throws -> String {
        world.neighbours.change { $0.fate = { _ in .answered } }
        let process = CheckoutProcess(
            store: world.order.store, checkouts: checkouts, work: work, clock: world.order.clock,
            logger: world.order.context.logger, metrics: world.order.context.metrics)
        var state = Checkout.initial
        for _ in 0..<20 {
            await process.goOn(id)
            state = try await world.order.store.load(Checkout.self, id).state
            if state.phase.isOver { break }
            if state.isStuck { break }
            world.order.clock.advance(by: .seconds(61))
        }
        try await check(state)
        return state.isStuck ? "stuck" : state.phase.rawValue
    }

    private func check(_ state: Checkout.State) async throws {
        let seen = world.neighbours.now
        let note: Comment =
            "seed \(seed): \(state.milestones.map(\.name)) \(state.lastProblem ?? "")"
        let order = try await world.order.store.load(
            Order.self, CheckoutNames.order(of: id)
        ).state
        #expect(seen.holds(of: user, "open") == 0, note)
        #expect(seen.holds(of: user, "captured") <= 1, note)
        #expect((seen.holds(of: user, "captured") == 1) == (order.paid != nil), note)
        #expect(
            seen.available(user) == (order.paid == nil ? balance : balance - 4_998), note)
        let claim = try await world.order.store.claimant(
            CheckoutNames.cartScope, CheckoutNames.cart(of: user).description)
        #expect(claim == nil, note)
        if state.isStuck {
            // Only what is paid for and sold to others meanwhile waits for a person.
            #expect(state.phase == .paid, note)
            return
        }
        #expect(state.phase.isOver, note)
        #expect(!state.holdsSomething, note)
        #expect(seen.free(OrderWorld.disc) == seen.products[OrderWorld.disc]?.stock, note)
        let sold = state.phase == .completed
        #expect(seen.products[OrderWorld.disc]?.stock == (sold ? stock - 2 : stock), note)
        #expect(seen.products[OrderWorld.book]?.stock == (sold ? 0 : 1), note)
        #expect((order.paid != nil) == sold, note)
        if !sold { #expect(order.phase == .none || order.phase == .cancelled, note) }
    }
}
