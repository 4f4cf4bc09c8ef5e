internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// Begins checkouts, and records how they go on together with everything that follows from it.
struct Checkouts: Sendable {
    /// Timers of this kind take up checkouts that nobody works on.
    static let timer = "checkout"
    /// How much longer than a checkout may take its money and stock are set aside.
    static let holdMargin: Int64 = 900

    /// What a client asks for.
    struct Wanted: Sendable {
        let userID: UserID
        let expectedTotal: Money
        let clickID: String?
    }

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator
    /// How long a checkout may take until it goes back.
    let timeLimit: Duration

    /// - Throws: `Problem` 409 when the cart is empty, or in another checkout.
    func start(
        _ wanted: Wanted, _ context: CommandContext
    ) async throws -> Committed<CheckoutID> {
        let id = ids.next(CheckoutTag.self)
        let cartID = CheckoutNames.cart(of: wanted.userID)
        let now = clock.now()
        do {
            return try await store.commit(context) { unit in
                let cart = try await unit.load(Cart.self, cartID)
                guard cart.phase != .closed else { throw Cart.Refusal.closed }
                let items = cart.lines.map {
                    CheckoutItem(productID: $0.productID, quantity: $0.quantity)
                }
                let events = try await unit.decide(
                    Checkout.self, id,
                    .start(
                        CheckoutStarted(
                            checkoutID: id, orderID: CheckoutNames.order(of: id),
                            userID: wanted.userID, cartID: cartID, items: items,
                            expectedTotal: wanted.expectedTotal, clickID: wanted.clickID,
                            startedAt: now, deadline: now + timeLimit,
                            holdSeconds: timeLimit.components.seconds + Self.holdMargin)))
                unit.claim(
                    CheckoutNames.cartScope, cartID.description, by: Checkout.stream(id))
                for event in events { setTimers(id, event, in: unit) }
                return id
            }
        } catch EventStoreError.claimTaken(CheckoutNames.cartScope, _, let stream) {
            throw ProblemSlug.checkoutRunning.problem(
                "The checkout \(stream.key) has not ended yet.")
        }
    }

    /// Lets a checkout that waits try again at once.
    func retry(
        _ id: CheckoutID, by person: UserID, _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            let events = try await unit.decide(Checkout.self, id, .retry(by: person, at: now))
            for event in events { setTimers(id, event, in: unit) }
        }
    }

    /// Records what came of a step.
    ///
    /// - Returns: the state afterwards, with what others may have recorded before.
    func record(
        _ command: Checkout.Command, of id: CheckoutID, _ context: CommandContext
    ) async throws -> Checkout.State {
        let latest = Mutex<Checkout.State?>(nil)
        try await store.commit(context) { unit in
            let events = try await unit.decide(Checkout.self, id, command)
            let state = try await unit.load(Checkout.self, id)
            latest.withLock { $0 = state }
            for event in events { try await follow(event, state, in: unit) }
        }
        return latest.withLock { $0 } ?? Checkout.initial
    }

    /// What else changes with an event, in the same unit.
    private func follow(
        _ event: CheckoutEvent, _ state: Checkout.State, in unit: UnitOfWork
    ) async throws {
        guard let request = state.request else { return }
        let id = request.checkoutID
        setTimers(id, event, in: unit)
        switch event {
        case .orderPlaced(let fact):
            guard let total = state.total else { return }
            try await unit.decide(
                Order.self, request.orderID,
                .place(
                    OrderPlaced(
                        orderID: request.orderID, checkoutID: id, userID: request.userID,
                        lines: state.lines, total: total, clickID: request.clickID,
                        placedAt: fact.placedAt)))
        case .paid(let fact):
            try await unit.decide(Order.self, request.orderID, .pay(fact.holdID, at: fact.paidAt))
            try await unit.decide(
                Cart.self, request.cartID,
                .order(CartOrdered(orderID: request.orderID, items: request.items)))
            freeCart(request, in: unit)
        case .failed(let fact):
            if fact.hadOrder {
                try await unit.decide(
                    Order.self, request.orderID,
                    .withdraw(reason: "checkout_\(fact.reason)", at: fact.failedAt))
            }
            freeCart(request, in: unit)
        case .started, .confirmed, .fundsHeld, .completed, .turnedBack, .holdReleased,
            .stockReleased, .attemptFailed, .stuck, .retried:
            break
        }
    }

    private func freeCart(_ request: CheckoutStarted, in unit: UnitOfWork) {
        unit.release(
            CheckoutNames.cartScope, request.cartID.description,
            by: Checkout.stream(request.checkoutID))
    }

    private func setTimers(_ id: CheckoutID, _ event: CheckoutEvent, in unit: UnitOfWork) {
        switch CheckoutTimers.change(with: event) {
        case .set(let name, let due): unit.schedule(Self.timer(id, name, at: due))
        case .cancelAll:
            for name in CheckoutTimers.Name.allCases {
                unit.cancelTimer(Self.timer, "\(id)/\(name.rawValue)")
            }
        case nil: break
        }
    }

    static func timer(
        _ id: CheckoutID, _ name: CheckoutTimers.Name, at due: Timestamp
    ) -> TimerRequest {
        TimerRequest(kind: timer, key: "\(id)/\(name.rawValue)", due: due)
    }
}
