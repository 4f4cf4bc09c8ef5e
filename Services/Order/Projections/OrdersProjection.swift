internal import Database
internal import EventStore
internal import EventTypes

/// Every order with its state and what went back of it, and its refunds.
struct OrdersProjection: Projection {
    static let title = "orders"
    let name = OrdersProjection.title
    let tables = ["customer_order", "order_refund"]
    let isPartitionable = true

    let definition = """
        create table customer_order (
            order_id uuid primary key,
            checkout_id uuid not null,
            user_id uuid not null,
            state text not null,
            line_count bigint not null,
            title text not null,
            total_minor bigint not null,
            refunded_minor bigint not null,
            currency text not null,
            placed_at timestamptz not null,
            changed_at timestamptz not null
        );
        create table order_refund (
            refund_id uuid primary key,
            order_id uuid not null,
            user_id uuid,
            state text not null,
            attempts bigint not null,
            problem text,
            amount_minor bigint not null,
            currency text not null,
            decided_at timestamptz not null,
            changed_at timestamptz not null
        );
        """

    let indexes = """
        create index customer_order_user on customer_order (user_id, placed_at, order_id);
        create index order_refund_open on order_refund (decided_at, refund_id)
            where state <> 'refunded';
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Order.category {
            statements += try Self.statements(event)
        }
        try await connection.pipelineExecute(statements)
    }

    private static func statements(_ event: RecordedEvent) throws -> [SQL] {
        let at = event.recordedAt
        let id = OrderID(String(event.stream.key))
        switch try event.decode(OrderEvent.self) {
        case .placed(let fact):
            return [
                """
                insert into customer_order (order_id, checkout_id, user_id, state, line_count,
                    title, total_minor, refunded_minor, currency, placed_at, changed_at)
                values (\(fact.orderID), \(fact.checkoutID), \(fact.userID),
                    \(Order.Phase.placed.rawValue), \(Int64(fact.lines.count)),
                    \(fact.lines.first?.title ?? ""), \(fact.total.minorUnits), 0,
                    \(fact.total.currency.code), \(fact.placedAt), \(at))
                """
            ]
        case .paid: return [state(.paid, id, at)]
        case .fulfilled: return [state(.fulfilled, id, at)]
        case .cancelled: return [state(.cancelled, id, at)]
        case .refundDecided(let fact):
            return [
                """
                insert into order_refund (refund_id, order_id, user_id, state, attempts,
                    amount_minor, currency, decided_at, changed_at)
                select \(fact.refundID), \(id), user_id, \(RefundView.State.pending.rawValue), 0,
                    \(fact.amount.minorUnits), \(fact.amount.currency.code), \(fact.decidedAt),
                    \(at)
                from customer_order where order_id = \(id)
                """
            ]
        case .refundAttemptFailed(let fact):
            let state: RefundView.State = fact.retryAt == nil ? .stuck : .pending
            return [
                """
                update order_refund set state = \(state.rawValue),
                    attempts = \(Int64(fact.attempt)), problem = \(fact.problem),
                    changed_at = \(at)
                where refund_id = \(fact.refundID)
                """
            ]
        case .refundRetried(let fact):
            return [
                """
                update order_refund set state = \(RefundView.State.pending.rawValue),
                    attempts = 0, changed_at = \(at)
                where refund_id = \(fact.refundID)
                """
            ]
        case .refunded(let fact):
            return [
                """
                update order_refund set state = \(RefundView.State.refunded.rawValue),
                    problem = null, changed_at = \(at)
                where refund_id = \(fact.refundID)
                """,
                """
                update customer_order set refunded_minor = \(fact.refundedTotal.minorUnits),
                    changed_at = \(at)
                where order_id = \(fact.orderID)
                """,
            ]
        }
    }

    private static func state(_ state: Order.Phase, _ id: OrderID?, _ at: Timestamp) -> SQL {
        """
        update customer_order set state = \(state.rawValue), changed_at = \(at)
        where order_id = \(id)
        """
    }
}
