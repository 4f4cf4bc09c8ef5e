internal import Database
internal import EventStore
internal import EventTypes
internal import Synchronization

/// What `order verify` checks.
enum OrderInvariants {
    static var all: [Invariant] {
        let book = AuditedOrders()
        return [
            invariant("every order is paid at most once, what it costs, by its checkout", book) {
                ($0.paymentFaults, $0.orders)
            },
            invariant("no refund is more than what was paid for its line", book) {
                ($0.refundFaults, $0.refunds)
            },
            invariant("nothing is set aside for a checkout that has ended", book) {
                ($0.endFaults, $0.ended)
            },
            invariant("no cart is in two running checkouts", book) {
                ($0.cartFaults, $0.checkouts)
            },
            Invariant(name: "every late checkout is shown, and goes on or waits for a person") {
                context in
                let open = try await book.audited(context).open
                return try await OpenCheckouts.check(open, context)
            },
        ]
    }

    private static func invariant(
        _ name: String, _ book: AuditedOrders,
        _ faults: @escaping @Sendable (OrderAudit) -> ([String], Int)
    ) -> Invariant {
        Invariant(name: name) { context in
            let (found, examined) = faults(try await book.audited(context))
            return result(found, examined)
        }
    }

    static func result(_ faults: [String], _ examined: Int) -> InvariantResult {
        faults.isEmpty
            ? .holds(examined: examined)
            : .violated(Array(faults.prefix(InvariantResult.violationLimit)))
    }
}

/// Checkouts that have not ended, against what keeps them going and shows them.
enum OpenCheckouts {
    static func check(
        _ open: [CheckoutID: Checkout.State], _ context: VerifyContext
    ) async throws -> InvariantResult {
        let clock = try await context.pool.query(
            "select clock_timestamp() as now", isReadOnly: true)
        guard let now: Timestamp = try clock.first?.get("now") else { return .holds(examined: 0) }
        let late = open.filter { _, state in
            state.request.map { now > $0.deadline + CheckoutTimers.watch } ?? false
        }
        if late.isEmpty { return .holds(examined: open.count) }
        let ids = late.keys.sorted()
        let shown: Set<CheckoutID> = Set(
            try await context.pool.query(
                "select checkout_id from checkout where not is_over and checkout_id = any(\(ids))",
                isReadOnly: true
            ).map { try $0.get("checkout_id") })
        let keys = ids.map { "\($0)/watch" }
        let timed: Set<String> = Set(
            try await context.pool.query(
                """
                select key from timer where kind = \(Checkouts.timer)::text and key = any(\(keys))
                """, isReadOnly: true
            ).map { try $0.get("key") })
        var faults: [String] = []
        for id in ids {
            // It may have ended while the log was read.
            let state = try await context.store.load(Checkout.self, id).state
            if state.phase.isOver { continue }
            if !shown.contains(id) { faults.append("Checkout \(id) is late and not shown.") }
            if !state.isStuck, !timed.contains("\(id)/watch") {
                faults.append("Nobody works on checkout \(id).")
            }
        }
        return OrderInvariants.result(faults, open.count)
    }
}

/// Reads the log once for all checks of one run.
private final class AuditedOrders: Sendable {
    private static let batch = 2_000
    private let kept = Mutex<(head: Int64, audit: OrderAudit)?>(nil)

    func audited(_ context: VerifyContext) async throws -> OrderAudit {
        let head = try await context.store.head()
        if let known = kept.withLock({ $0 }), known.head == head { return known.audit }
        var audit = OrderAudit()
        var position: Int64 = 0
        while position < head {
            let events = try await context.store.readAll(
                after: position, limit: Int(min(Int64(Self.batch), head - position)))
            guard let last = events.last else { break }
            try audit.fold(events)
            position = last.position
        }
        audit.finish()
        let done = audit
        kept.withLock { $0 = (head, done) }
        return done
    }
}
