internal import Crypto
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// Carts of guests and of people.
struct Carts: Sendable {
    /// Timers of this kind end guests' carts.
    static let timer = "guest-cart"

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator
    let random: any RandomSource
    /// How long a guest's cart is kept after its last change.
    let guestLifetime: Duration

    /// A cart and its version.
    struct Found: Sendable {
        let id: CartID
        let state: Cart.State
        let version: Int64
    }

    /// Makes a guest's cart. Its token is told here and never again; the log has a digest of it.
    func open(_ context: CommandContext) async throws -> (id: CartID, token: String, Int64) {
        let id = ids.next(CartTag.self)
        let token = RandomToken.make(random: random)
        let now = clock.now()
        let committed = try await store.commit(context) { unit in
            try await unit.decide(
                Cart.self, id,
                .open(
                    CartOpened(
                        cartID: id, owner: nil, tokenHash: Self.hash(token), openedAt: now)))
            unit.schedule(end(of: id, after: now))
        }
        return (id, token, committed.position)
    }

    /// A guest's cart.
    ///
    /// - Throws: `Problem` 404 when there is none or the token is not its own.
    func guest(_ id: CartID, token: String) async throws -> Found {
        let (state, version) = try await store.load(Cart.self, id)
        try Self.check(token, of: state)
        return Found(id: id, state: state, version: version)
    }

    /// A person's cart, which may not have been used yet.
    func own(_ user: UserID) async throws -> Found {
        let id = CheckoutNames.cart(of: user)
        let (state, version) = try await store.load(Cart.self, id)
        return Found(id: id, state: state, version: version)
    }

    /// - Parameter owner: whose cart it is; nil for a guest's, whose token was checked.
    func set(
        _ line: CartLine, in id: CartID, of owner: UserID?, ifMatch: Int64?,
        _ context: CommandContext
    ) async throws -> Int64 {
        let now = clock.now()
        return try await change(id, ifMatch, context) { unit in
            try await begin(id, of: owner, at: now, in: unit)
            try await unit.decide(Cart.self, id, .set(line))
        }
    }

    func remove(
        _ product: ProductID, from id: CartID, of owner: UserID?, ifMatch: Int64?,
        _ context: CommandContext
    ) async throws -> Int64 {
        let now = clock.now()
        return try await change(id, ifMatch, context) { unit in
            try await begin(id, of: owner, at: now, in: unit)
            try await unit.decide(Cart.self, id, .remove(product))
        }
    }

    /// Adds a guest's cart to its owner's, once.
    ///
    /// - Returns: the position reached.
    /// - Throws: `Problem` 404 when the token is not the cart's own.
    func merge(
        _ guest: CartID, token: String, into user: UserID, _ context: CommandContext
    ) async throws -> Int64 {
        let own = CheckoutNames.cart(of: user)
        let now = clock.now()
        return try await change(own, nil, context) { unit in
            let state = try await unit.load(Cart.self, guest)
            try Self.check(token, of: state)
            try await Self.open(own, of: user, at: now, in: unit)
            // Closing comes first: it refuses a cart that somebody else has.
            try await unit.decide(
                Cart.self, guest, .close(CartClosed(reason: .merged, into: own)))
            unit.cancelTimer(Self.timer, guest.description)
            try await unit.decide(Cart.self, own, .merge(guest, state.lines))
        }
    }

    private func change(
        _ id: CartID, _ ifMatch: Int64?, _ context: CommandContext,
        _ body: @Sendable (UnitOfWork) async throws -> Void
    ) async throws -> Int64 {
        try await store.commit(context) { unit in
            if let ifMatch { unit.expect(Cart.stream(id), version: ifMatch) }
            try await body(unit)
        }.position
    }

    /// Before a change: a person's cart is there from the first one on, a guest's is kept longer.
    private func begin(
        _ id: CartID, of owner: UserID?, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        if let owner {
            try await Self.open(id, of: owner, at: now, in: unit)
        } else {
            unit.schedule(end(of: id, after: now))
        }
    }

    private func end(of id: CartID, after now: Timestamp) -> TimerRequest {
        TimerRequest(kind: Self.timer, key: id.description, due: now + guestLifetime)
    }

    /// Ends guests' carts that nobody has changed for long.
    static let expiry = TimerHandler(kind: timer) { timer, unit in
        guard let id = CartID(timer.key) else { return }
        try await unit.decide(Cart.self, id, .abandon(at: timer.now))
    }

    private static func open(
        _ id: CartID, of owner: UserID, at now: Timestamp, in unit: UnitOfWork
    ) async throws {
        try await unit.decide(
            Cart.self, id,
            .open(CartOpened(cartID: id, owner: owner, tokenHash: nil, openedAt: now)))
    }

    private static func hash(_ token: String) -> String {
        Digest.hex(Digest.sha256(Array(token.utf8)))
    }

    /// Takes the same time whether the cart or only the token is wrong.
    private static func check(_ token: String, of cart: Cart.State) throws {
        let sent = Array(hash(token).utf8)
        let known = cart.opened?.tokenHash.map { Array($0.utf8) }
        let isRight = constantTimeEqual(sent, known ?? Array(repeating: 0, count: sent.count))
        guard isRight, known != nil else { throw ProblemSlug.notFound.problem() }
    }
}
