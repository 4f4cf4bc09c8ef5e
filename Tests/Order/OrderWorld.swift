import Database
import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import OrderService

/// The service over a database, with neighbours that the test has in its hands.
struct OrderWorld: Sendable {
    static let user: UserID = identifier(1_001)
    static let other: UserID = identifier(1_002)
    static let disc: ProductID = identifier(2_001)
    static let book: ProductID = identifier(2_002)
    static let merchant: MerchantID = identifier(3_001)

    let order: ServiceHarness<OrderService>
    let neighbours: FakeNeighbours

    static func with(
        _ storage: ServiceHarness<OrderService>.Storage = .database,
        _ body: (OrderWorld) async throws -> Void
    ) async throws {
        let neighbours = FakeNeighbours()
        let (disc, book) = (
            FakeNeighbours.Product(
                merchant: merchant, title: "Disc", price: try usd(1_499), stock: 10),
            FakeNeighbours.Product(
                merchant: merchant, title: "Book", price: try usd(2_000), stock: 1)
        )
        neighbours.change { state in
            state.products = [Self.disc: disc, Self.book: book]
            state.balances = [user: 10_000, other: 10_000]
        }
        try await ServiceHarness<OrderService>.with(storage, neighbours: neighbours.handlers) {
            order in
            try await working(order) {
                try await body(OrderWorld(order: order, neighbours: neighbours))
            }
        }
    }

    /// Lets the service's workers work for as long as `body` runs.
    private static func working(
        _ order: ServiceHarness<OrderService>, _ body: () async throws -> Void
    ) async throws {
        let lifecycle = Lifecycle()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, component) in order.blueprint.components
            where ["checkouts", "refunds"].contains(name) {
                group.addTask(executorPreference: order.context.loop) {
                    try await component.run(lifecycle)
                }
            }
            defer { lifecycle.requestShutdown() }
            try await body()
        }
    }

    // MARK: Carts and checkouts

    @discardableResult
    func put(
        _ product: ProductID, _ quantity: Int64, as user: UserID = user,
        headers: [String: String] = [:]
    ) async throws -> HarnessResponse {
        try await order.call(
            .put, "/api/v1/cart/lines/\(product)", as: .customer(user),
            body: ["quantity": .integer(quantity)], headers: headers)
    }

    func cart(of user: UserID = user) async throws -> HarnessResponse {
        try await order.call(.get, "/api/v1/cart", as: .customer(user))
    }

    func checkout(
        _ cents: Int64, as user: UserID = user, key: HarnessKey = .fresh, wait: Int = 10
    ) async throws -> HarnessResponse {
        try await order.call(
            .post, "/api/v1/checkouts", as: .customer(user),
            body: ["expected_total": ["amount_minor": .integer(cents), "currency": "USD"]],
            headers: wait > 0 ? ["Prefer": "wait=\(wait)"] : [:], key: key)
    }

    /// An order of two discs that is paid.
    func paidOrder(as user: UserID = user) async throws -> String {
        try await put(Self.disc, 2, as: user)
        let answer = try await checkout(2_998, as: user)
        #expect(answer.json["state"]?.string == "completed")
        return try #require(answer.json["order_id"]?.string)
    }

    func read(_ path: String, as caller: HarnessCaller = .customer(user)) async throws
        -> HarnessResponse
    {
        try await order.call(.get, path, as: caller)
    }

    // MARK: Time

    /// Handles every timer that is due, once, and waits for what it sets off.
    @discardableResult
    func runTimers(after duration: Duration = .zero) async throws -> Int {
        order.clock.advance(by: duration)
        let now = order.clock.now()
        let rows = try await order.context.pool.query(
            "select kind, key, due, payload from timer where due <= \(now) order by due, key")
        for row in rows {
            let timer = DueTimer(
                kind: try row.get("kind"), key: try row.get("key"), due: try row.get("due"),
                now: now, payload: [])
            try await order.context.pool.execute(
                "delete from timer where kind = \(timer.kind) and key = \(timer.key)")
            let handler = try #require(order.blueprint.timers.first { $0.kind == timer.kind })
            try await order.store.commit(CommandContext(correlationID: identifier(77))) { unit in
                try await handler.handle(timer, unit)
            }
        }
        try await finishWork()
        return rows.count
    }

    /// What the program does when it starts after it was cut off.
    func recover() async throws {
        for (_, component) in order.blueprint.components {
            guard let recovery = component as? CheckoutRecovery else { continue }
            for id in try await recovery.open() { recovery.runner.begin(id) }
        }
        try await finishWork()
    }

    func finishWork() async throws {
        for (_, component) in order.blueprint.components {
            await (component as? ProcessRunner<CheckoutID>)?.settle()
            await (component as? ProcessRunner<RefundKey>)?.settle()
        }
        await order.settle()
    }

    // MARK: Verification

    /// What `order verify` would complain about.
    func violations() async throws -> [String] {
        await order.settle()
        var found: [String] = []
        for invariant in order.blueprint.invariants {
            let result = try await invariant.check(
                VerifyContext(pool: order.context.pool, store: order.store))
            if case .violated(let cases) = result { found += cases }
        }
        return found
    }
}
