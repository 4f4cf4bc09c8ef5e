internal import EventTypes

/// Everything the provider knows, folded from its file: payments, keys, what is still to be
/// delivered. Pure: time and identifiers come with each call.
struct SandboxBook: Sendable {
    struct Entry: Sendable {
        var payment: Payment
        let behaviour: Behaviour
        /// The payment as it was at each status so far.
        var history: [Payment]
    }

    /// What a client asks for.
    struct Request: Sendable {
        let kind: PaymentKind
        let amount: Money
        let reference: String
        let destination: String?
        let behaviour: Behaviour?
        let idempotencyKey: String
        let fingerprint: String
    }

    static let longestReference = 128

    private(set) var entries: [String: Entry] = [:]
    /// Payments in the order they were taken.
    private(set) var order: [String] = []
    private(set) var deliveries = DeliveryQueue()
    private var keys: [String: (id: String, fingerprint: String)] = [:]
    private var unavailable: [String: Int] = [:]
    private var behaviours: [PaymentKind: Behaviour] = [:]
    /// Payments that are not final, by when they move next.
    private var waiting: [String: Timestamp] = [:]

    func behaviour(of kind: PaymentKind) -> Behaviour { behaviours[kind] ?? Behaviour() }

    /// What succeeded in, less what succeeded out, in each currency.
    func balances() -> [Money] {
        var sums: [Currency: Money] = [:]
        for entry in entries.values where entry.payment.status == .succeeded {
            let amount = entry.payment.amount
            let signed = entry.payment.kind == .deposit ? amount : amount.negated
            let before = sums[amount.currency] ?? .zero(amount.currency)
            sums[amount.currency] = (try? before.adding(signed)) ?? before
        }
        return sums.values.sorted { $0.currency.code < $1.currency.code }
    }

    /// Takes a payment, or finds the one that the same key made before.
    ///
    /// - Returns: the fact to be written, nil for a repeat, and the payment as it stands.
    mutating func create(
        _ request: Request, id: String, at now: Timestamp
    ) throws(SandboxError) -> (fact: SandboxFact?, payment: Payment) {
        if let known = keys[request.idempotencyKey], let entry = entries[known.id] {
            guard known.fingerprint == request.fingerprint else { throw .keyReused }
            return (nil, entry.payment)
        }
        guard request.amount.isPositive else { throw .amountNotPositive }
        guard (1...Self.longestReference).contains(request.reference.utf8.count) else {
            throw .referenceMalformed
        }
        if request.kind == .payout, request.destination?.isEmpty ?? true {
            throw .destinationMissing
        }
        let behaviour = request.behaviour ?? behaviour(of: request.kind)
        let attempts = unavailable[request.idempotencyKey, default: 0]
        if attempts < behaviour.unavailableTimes {
            unavailable[request.idempotencyKey] = attempts + 1
            throw .unavailable
        }
        if behaviour.outcome == .refuse { throw .refused(behaviour.reason ?? "refused") }
        let payment = Payment(
            id: id, kind: request.kind, amount: request.amount, reference: request.reference,
            destination: request.destination,
            checkoutURL: request.kind == .deposit ? "https://sandbox.example/pay/\(id)" : nil,
            status: .pending, reason: nil, createdAt: now, updatedAt: now)
        let fact = SandboxFact(
            created: SandboxFact.Created(
                payment: payment, idempotencyKey: request.idempotencyKey,
                fingerprint: request.fingerprint, behaviour: behaviour))
        apply(fact)
        return (fact, payment)
    }

    /// Moves every payment whose time has come by one status.
    mutating func move(at now: Timestamp) -> [SandboxFact] {
        let due = waiting.filter { $0.value <= now }.keys.sorted()
        return due.compactMap { id -> SandboxFact? in
            guard let entry = entries[id], let next = Self.next(entry) else { return nil }
            let fact = SandboxFact(
                moved: SandboxFact.Moved(
                    id: id, status: next,
                    reason: next == .failed ? entry.behaviour.reason ?? "account_closed" : nil,
                    at: now))
            apply(fact)
            return fact
        }
    }

    /// Up to `count` events to be delivered now; each comes back with `note`.
    mutating func takeDeliveries(_ count: Int, at now: Timestamp) -> [DeliveryQueue.Delivery] {
        deliveries.take(count, at: now)
    }

    /// Notes that an event was delivered once more (or given up): the fact to be written when that
    /// settles it.
    mutating func note(
        _ event: String, isDelivered: Bool, at now: Timestamp
    ) -> SandboxFact? {
        guard let settled = deliveries.note(event, isDelivered: isDelivered, at: now) else {
            return nil
        }
        return SandboxFact(settled: settled)
    }

    mutating func setBehaviour(_ behaviour: Behaviour, of kind: PaymentKind?) -> SandboxFact {
        let fact = SandboxFact(
            behaviourSet: SandboxFact.BehaviourSet(kind: kind, behaviour: behaviour))
        apply(fact)
        return fact
    }

    /// When something happens next by itself.
    var nextDue: Timestamp? {
        [waiting.values.min(), deliveries.nextDue].compactMap(\.self).min()
    }

    private static func next(_ entry: Entry) -> PaymentState? {
        switch (entry.payment.status, entry.behaviour.outcome) {
        case (.pending, _): .processing
        case (.processing, .succeed): .succeeded
        case (.processing, .fail), (.processing, .refuse): .failed
        case (.processing, .stall), (.succeeded, _), (.failed, _): nil
        }
    }

    /// Folds one line of the file.
    mutating func apply(_ fact: SandboxFact) {
        if let created = fact.created { apply(created) }
        if let moved = fact.moved { apply(moved) }
        if let settled = fact.settled { deliveries.remove(settled.event) }
        if let set = fact.behaviourSet {
            for kind in PaymentKind.allCases where set.kind == nil || set.kind == kind {
                behaviours[kind] = set.behaviour
            }
        }
    }

    private mutating func apply(_ created: SandboxFact.Created) {
        let payment = created.payment
        let entry = Entry(payment: payment, behaviour: created.behaviour, history: [payment])
        entries[payment.id] = entry
        order.append(payment.id)
        keys[created.idempotencyKey] = (payment.id, created.fingerprint)
        unavailable[created.idempotencyKey] = nil
        schedule(entry)
    }

    private mutating func apply(_ moved: SandboxFact.Moved) {
        guard var entry = entries[moved.id] else { return }
        entry.payment.status = moved.status
        entry.payment.reason = moved.reason
        entry.payment.updatedAt = moved.at
        entry.history.append(entry.payment)
        entries[moved.id] = entry
        schedule(entry)
    }

    private mutating func schedule(_ entry: Entry) {
        let payment = entry.payment
        waiting[payment.id] =
            Self.next(entry) == nil
            ? nil : payment.updatedAt + .milliseconds(entry.behaviour.delayMilliseconds)
        switch entry.behaviour.webhooks {
        case .none: break
        case .ordered:
            deliveries.add(payment, number: entry.history.count, copies: entry.behaviour.copies)
        case .reversed:
            guard payment.status.isFinal else { break }
            for (index, past) in entry.history.enumerated().reversed() {
                deliveries.add(
                    past, number: index + 1, copies: entry.behaviour.copies,
                    due: payment.updatedAt)
            }
        }
    }
}
