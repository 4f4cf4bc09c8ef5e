internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Orders, and what becomes of them after they are paid.
struct OrderRoutes: Sendable {
    struct Cancel: Decodable, Sendable {
        let reason: String?
    }

    struct Refund: Decodable, Sendable {
        struct Item: Decodable, Sendable {
            let productID: ProductID
            let quantity: Int64?
            let amount: Money?

            enum CodingKeys: String, CodingKey {
                case productID = "product_id"
                case quantity, amount
            }
        }

        let lines: [Item]
        let reason: String
    }

    private static let orderID = Parameter.path("id", OrderID.self, "The order.")
    private static let refundID = Parameter.path("refund_id", RefundID.self, "The refund.")
    private static let projection = [OrdersProjection.title]
    /// How long an answer waits for the wallet.
    private static let patience: Duration = .seconds(4)

    let orders: Orders
    let runner: ProcessRunner<RefundKey>
    let store: any EventStore
    let pool: DatabasePool

    var table: RouteTable {
        var routes = RouteTable(tag: "orders")
        addReads(to: &routes)
        addChanges(to: &routes)
        addRefunds(to: &routes)
        return routes
    }

    private func addReads(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/orders", "List your orders, newest first", id: "listOrders",
            access: .signedIn,
            parameters: [.query("state", oneOf: OrderFilter.self, "Only those in this state.")],
            waitsFor: Self.projection
        ) { call -> Reply<Page<OrderSummaryView>> in
            let owner = try call.user().userID
            let state = try call.query("state", oneOf: OrderFilter.self)?.rawValue
            let before = try call.page.after(OrderCursor.self)
            let rows = try await pool.query(
                """
                select * from customer_order where user_id = \(owner)
                    and (\(state)::text is null or state = \(state))
                    and (\(before?.at)::timestamptz is null
                        or (placed_at, order_id) < (\(before?.at), \(before?.id)::uuid))
                order by placed_at desc, order_id desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows,
                    cursor: { row in
                        OrderCursor(at: try row.get("placed_at"), id: try row.get("order_id"))
                    },
                    item: { row in try OrderSummaryView(row) }))
        }
        routes.get(
            "/api/v1/orders/{id}", "Read one of your orders", id: "readOrder",
            access: .signedIn, parameters: [Self.orderID], problems: [.notFound],
            description: "`next` names what can be done now: cancel, fulfil, refund."
        ) { call -> Reply<OrderView> in
            let user = try call.user()
            let (state, version) = try await store.load(
                Order.self, call.path("id", as: OrderID.self))
            let isAllowed =
                state.placed?.userID == user.userID || user.has(.admin, .support, .finance)
            guard isAllowed, let view = OrderView(state, version: version) else {
                throw ProblemSlug.notFound.problem()
            }
            return .ok(view).etag(version)
        }
    }

    private func addChanges(to routes: inout RouteTable) {
        routes.post(
            "/api/v1/orders/{id}/cancel", "Cancel an order before it is fulfilled",
            id: "cancelOrder", access: .signedIn, parameters: [Self.orderID],
            idempotency: .optional, problems: [.notFound, .wrongState],
            waitsFor: Self.projection,
            description: """
                What was paid and not refunded before goes back, and what was taken from the stock \
                can be sold again. `reason` is a word such as changed_mind.
                """, success: 200
        ) { (call: Call<Cancel>) -> Reply<OrderView> in
            let id: OrderID = try call.path("id")
            let user = try call.user()
            let reason = call.body.reason ?? "requested_by_customer"
            guard Self.isWord(reason) else {
                throw Problem.bodyFault(
                    "/reason", "must be a word of 1 to 64 of a-z, 0-9 and _, such as changed_mind")
            }
            let committed = try await orders.cancel(
                id, of: user.has(.admin) ? nil : user.userID, reason: reason, call.command)
            if let key = committed.result {
                runner.begin(key, cause: call.command.metadata)
                await runner.wait(for: key, atMost: Self.patience)
            }
            return try await show(id).committed(committed)
        }
        routes.post(
            "/api/v1/orders/{id}/fulfil", "Say that an order went to its buyer",
            id: "fulfilOrder", access: .roles([.admin]), parameters: [Self.orderID],
            idempotency: .optional, problems: [.notFound, .wrongState],
            waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<OrderView> in
            let id: OrderID = try call.path("id")
            let committed = try await orders.fulfil(id, call.command)
            return try await show(id).committed(committed)
        }
    }

    private func addRefunds(to routes: inout RouteTable) {
        routes.post(
            "/api/v1/orders/{id}/refunds", "Give money of an order back", id: "refundOrder",
            access: .roles([.support, .finance, .admin]), parameters: [Self.orderID],
            problems: [.notFound, .wrongState, .tooManyRefunds], waitsFor: Self.projection,
            description: """
                By pieces, by amount, or both, for each line; never more than was paid for it. \
                `state` is refunded once the wallet has moved the money, pending until then.
                """
        ) { (call: Call<Refund>) -> Reply<RefundView> in
            let id: OrderID = try call.path("id")
            try Self.check(call.body)
            let committed = try await orders.refund(
                id,
                call.body.lines.map {
                    Order.Wanted(
                        productID: $0.productID, quantity: $0.quantity, amount: $0.amount)
                }, reason: call.body.reason, call.command)
            let view = try await settled(committed.result, call.command)
            return Reply.created(view, location: "/api/v1/orders/\(id)").committed(committed)
        }
        routes.post(
            "/api/v1/orders/{id}/refunds/{refund_id}/retry", "Let a refund try again now",
            id: "retryRefund", access: .roles([.admin]),
            parameters: [Self.orderID, Self.refundID], idempotency: .optional,
            problems: [.notFound, .wrongState], waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<RefundView> in
            let key = RefundKey(try call.path("id"), try call.path("refund_id"))
            let committed = try await orders.retry(key, by: call.user().userID, call.command)
            return Reply.ok(try await settled(key, call.command)).committed(committed)
        }
        routes.get(
            "/api/v1/refunds/review", "List the refunds that have not moved yet, oldest first",
            id: "reviewRefunds", access: .roles([.admin, .support, .finance]),
            waitsFor: Self.projection
        ) { call -> Reply<Page<RefundReviewView>> in
            let after = try call.page.after(OrderCursor.self)
            let rows = try await pool.query(
                """
                select * from order_refund where state <> 'refunded'
                    and (\(after?.at)::timestamptz is null
                        or (decided_at, refund_id) > (\(after?.at), \(after?.id)::uuid))
                order by decided_at, refund_id limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows,
                    cursor: { row in
                        OrderCursor(at: try row.get("decided_at"), id: try row.get("refund_id"))
                    },
                    item: { row in try RefundReviewView(row) }))
        }
    }

    /// Where a page of a list by time goes on.
    private struct OrderCursor: Codable, Sendable {
        let at: Timestamp
        let id: OrderID
    }

    /// What an order in a list may be.
    enum OrderFilter: String, CaseIterable, Sendable {
        case placed, paid, fulfilled, cancelled
    }

    private func show(_ id: OrderID) async throws -> Reply<OrderView> {
        let (state, version) = try await store.load(Order.self, id)
        guard let view = OrderView(state, version: version) else {
            throw ProblemSlug.notFound.problem()
        }
        return .ok(view).etag(version)
    }

    private func settled(
        _ key: RefundKey, _ command: CommandContext
    ) async throws -> RefundView {
        runner.begin(key, cause: command.metadata)
        await runner.wait(for: key, atMost: Self.patience)
        let state = try await store.load(Order.self, key.order).state
        guard let refund = state.refund(key.refund) else { throw ProblemSlug.notFound.problem() }
        return RefundView(refund, of: key.order)
    }

    private static func check(_ body: Refund) throws {
        guard (1...Cart.mostLines).contains(body.lines.count) else {
            throw Problem.bodyFault("/lines", "must have 1 to \(Cart.mostLines) lines")
        }
        let hasControls = body.reason.unicodeScalars.contains {
            $0.properties.generalCategory == .control
        }
        guard (1...200).contains(body.reason.count), body.reason.utf8.count <= 800, !hasControls
        else { throw Problem.bodyFault("/reason", "must be one line of 1 to 200 characters") }
    }

    /// Reasons of customers are published: words tell nothing about a person.
    private static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 95
            }
    }
}
