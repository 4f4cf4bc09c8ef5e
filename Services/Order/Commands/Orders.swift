internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// A refund and the order that it is of.
struct RefundKey: Hashable, Sendable, Codable, LosslessStringConvertible {
    let order: OrderID
    let refund: RefundID

    init(_ order: OrderID, _ refund: RefundID) {
        self.order = order
        self.refund = refund
    }

    init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let order = OrderID(parts[0]), let refund = RefundID(parts[1])
        else { return nil }
        self.init(order, refund)
    }

    var description: String { "\(order)/\(refund)" }
}

/// What becomes of orders after they are paid.
struct Orders: Sendable {
    /// Timers of this kind take up refunds that nobody works on.
    static let timer = "order-refund"

    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator

    /// - Parameter caller: nil where whoever asks may cancel anybody's order.
    /// - Returns: the refund of what was paid; nil where nothing was left.
    /// - Throws: `Problem` 404 for somebody else's.
    func cancel(
        _ id: OrderID, of caller: UserID?, reason: String, _ context: CommandContext
    ) async throws -> Committed<RefundKey?> {
        let refund = CheckoutNames.cancellation(of: id)
        let now = clock.now()
        return try await store.commit(context) { unit in
            let state = try await unit.load(Order.self, id)
            if let caller, state.placed?.userID != caller { throw Order.Refusal.unknown }
            try await unit.decide(Order.self, id, .cancel(refund, reason: reason, at: now))
            guard try await unit.load(Order.self, id).refund(refund) != nil else { return nil }
            let key = RefundKey(id, refund)
            if state.phase != .cancelled { unit.schedule(Self.watch(key, at: now)) }
            return key
        }
    }

    func fulfil(_ id: OrderID, _ context: CommandContext) async throws -> Committed<NoResult> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            try await unit.decide(Order.self, id, .fulfil(at: now))
        }
    }

    func refund(
        _ id: OrderID, _ lines: [Order.Wanted], reason: String, _ context: CommandContext
    ) async throws -> Committed<RefundKey> {
        let key = RefundKey(id, ids.next(RefundTag.self))
        let now = clock.now()
        return try await store.commit(context) { unit in
            try await unit.decide(
                Order.self, id,
                .refund(
                    Order.RefundRequest(
                        refundID: key.refund, lines: lines, reason: reason, at: now)))
            unit.schedule(Self.watch(key, at: now))
            return key
        }
    }

    func retry(
        _ key: RefundKey, by person: UserID, _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            try await unit.decide(Order.self, key.order, .retry(key.refund, by: person, at: now))
            unit.schedule(Self.watch(key, at: now))
        }
    }

    /// Records what the wallet said.
    ///
    /// - Returns: the state afterwards.
    func record(
        _ outcome: Order.RefundOutcome, of key: RefundKey, _ context: CommandContext
    ) async throws -> Order.State {
        let latest = Mutex<Order.State?>(nil)
        let now = clock.now()
        try await store.commit(context) { unit in
            let events = try await unit.decide(
                Order.self, key.order, .report(key.refund, outcome, at: now))
            let state = try await unit.load(Order.self, key.order)
            latest.withLock { $0 = state }
            for event in events {
                switch event {
                case .refunded:
                    unit.cancelTimer(Self.timer, "\(key)/watch")
                    unit.cancelTimer(Self.timer, "\(key)/retry")
                case .refundAttemptFailed(let fact):
                    guard let retryAt = fact.retryAt else { continue }
                    unit.schedule(
                        TimerRequest(kind: Self.timer, key: "\(key)/retry", due: retryAt))
                default: continue
                }
            }
        }
        return latest.withLock { $0 } ?? Order.initial
    }

    /// The first look is a while off: whoever decided on the refund sees to it at once.
    private static func watch(_ key: RefundKey, at now: Timestamp) -> TimerRequest {
        TimerRequest(kind: timer, key: "\(key)/watch", due: now + CheckoutTimers.watch)
    }
}
