internal import EventTypes

/// Events on their way to the client, in order within a payment, repeated until they arrive.
struct DeliveryQueue: Sendable {
    struct Delivery: Sendable {
        let event: String
        let payment: Payment
        var copiesLeft: Int
        var attempts = 0
        var due: Timestamp
    }

    /// An event that did not arrive after so many attempts is given up: the client has to ask.
    static let mostAttempts = 20
    static let firstPause = Duration.milliseconds(100)
    static let longestPause = Duration.seconds(30)

    private var deliveries: [String: Delivery] = [:]
    /// The events of each payment, first to be delivered first.
    private var queues: [String: [String]] = [:]
    /// Those at the head of their queue that nobody is delivering now.
    private var heads: [String: Timestamp] = [:]
    private var underWay: Set<String> = []

    var count: Int { deliveries.count }
    var nextDue: Timestamp? { heads.values.min() }

    mutating func add(_ payment: Payment, number: Int, copies: Int, due: Timestamp? = nil) {
        let event = "evt_\(payment.id)_\(number)"
        guard deliveries[event] == nil else { return }
        deliveries[event] = Delivery(
            event: event, payment: payment, copiesLeft: copies, due: due ?? payment.updatedAt)
        queues[payment.id, default: []].append(event)
        exposeHead(of: payment.id)
    }

    /// Takes up to `count` events that are due, at most one of each payment; each comes back
    /// with `note`.
    mutating func take(_ count: Int, at now: Timestamp) -> [Delivery] {
        let due = heads.filter { $0.value <= now }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(count)
        return due.compactMap { event, _ in
            heads[event] = nil
            underWay.insert(event)
            return deliveries[event]
        }
    }

    /// - Returns: that the event is settled, when it is.
    mutating func note(
        _ event: String, isDelivered: Bool, at now: Timestamp
    ) -> SandboxFact.Settled? {
        underWay.remove(event)
        guard var delivery = deliveries[event] else { return nil }
        if isDelivered {
            delivery.copiesLeft -= 1
            delivery.attempts = 0
            delivery.due = now
        } else {
            delivery.attempts += 1
            delivery.due = now + Self.pause(after: delivery.attempts)
        }
        deliveries[event] = delivery
        if delivery.copiesLeft > 0, delivery.attempts < Self.mostAttempts {
            exposeHead(of: delivery.payment.id)
            return nil
        }
        remove(event)
        return SandboxFact.Settled(event: event, isDelivered: isDelivered)
    }

    mutating func remove(_ event: String) {
        guard let delivery = deliveries.removeValue(forKey: event) else { return }
        heads[event] = nil
        let payment = delivery.payment.id
        queues[payment]?.removeAll { $0 == event }
        if queues[payment]?.isEmpty ?? false { queues[payment] = nil }
        exposeHead(of: payment)
    }

    private mutating func exposeHead(of payment: String) {
        guard let event = queues[payment]?.first, !underWay.contains(event),
            let delivery = deliveries[event]
        else { return }
        heads[event] = delivery.due
    }

    /// Doubles with each attempt, up to the longest.
    static func pause(after attempts: Int) -> Duration {
        min(longestPause, firstPause * (1 << min(attempts - 1, 16)))
    }
}
