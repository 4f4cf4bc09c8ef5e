internal import EventStore
internal import EventTypes

/// The log of carts, checkouts and orders, folded from its first event.
struct OrderAudit: Sendable {
    /// What of an order matters to an auditor.
    private struct Entry {
        var checkout: CheckoutID?
        var lines: [(product: ProductID, minor: Int64)] = []
        var totalMinor: Int64 = 0
        var hold: HoldID?
        var returned: [ProductID: Int64] = [:]
        var decided: [RefundID: Money] = [:]
        var refunded: Set<RefundID> = []
    }

    private var entries: [OrderID: Entry] = [:]
    private var holds: [HoldID: OrderID] = [:]
    /// Those that have not ended.
    private(set) var open: [CheckoutID: Checkout.State] = [:]
    /// Those of which the money was taken.
    private var paid: [CheckoutID: OrderID] = [:]
    private(set) var checkouts = 0
    private(set) var ended = 0
    private(set) var refunds = 0
    private(set) var paymentFaults: [String] = []
    private(set) var refundFaults: [String] = []
    private(set) var endFaults: [String] = []
    private(set) var cartFaults: [String] = []

    var orders: Int { entries.count }

    mutating func fold(_ events: [RecordedEvent]) throws {
        for event in events {
            switch String(event.stream.category) {
            case Checkout.category:
                guard let id = CheckoutID(String(event.stream.key)) else { continue }
                fold(try event.decode(CheckoutEvent.self), of: id)
            case Order.category:
                guard let id = OrderID(String(event.stream.key)) else { continue }
                fold(try event.decode(OrderEvent.self), of: id)
            default: continue
            }
        }
    }

    private mutating func fold(_ event: CheckoutEvent, of id: CheckoutID) {
        var state = open[id] ?? Checkout.initial
        Checkout.evolve(&state, event)
        switch event {
        case .started: checkouts += 1
        case .paid:
            if let order = state.request?.orderID { paid[id] = order }
        case .completed, .failed:
            ended += 1
            if state.holdsSomething {
                endFaults.append("Checkout \(id) has ended with something set aside.")
            }
            open[id] = nil
            return
        default: break
        }
        open[id] = state
    }

    private mutating func fold(_ event: OrderEvent, of id: OrderID) {
        var entry = entries[id] ?? Entry()
        switch event {
        case .placed(let fact):
            entry.checkout = fact.checkoutID
            entry.lines = fact.lines.map { ($0.productID, $0.total.minorUnits) }
            entry.totalMinor = fact.total.minorUnits
            let sum = entry.lines.reduce(Int64(0)) { $0 + $1.minor }
            if sum != entry.totalMinor {
                paymentFaults.append("The lines of order \(id) are not its total.")
            }
        case .paid(let fact):
            if entry.hold != nil { paymentFaults.append("Order \(id) is paid twice.") }
            if let other = holds.updateValue(id, forKey: fact.holdID) {
                paymentFaults.append("The hold \(fact.holdID) pays \(other) and \(id).")
            }
            if fact.total.minorUnits != entry.totalMinor {
                paymentFaults.append("Order \(id) is not paid what it costs.")
            }
            entry.hold = fact.holdID
        case .refundDecided(let fact): entry.decided[fact.refundID] = fact.amount
        case .refunded(let fact):
            refunds += 1
            fold(fact, &entry)
        case .fulfilled, .cancelled, .refundAttemptFailed, .refundRetried: break
        }
        entries[id] = entry
    }

    private mutating func fold(_ fact: OrderRefunded, _ entry: inout Entry) {
        let id = fact.orderID
        if entry.hold == nil { refundFaults.append("Order \(id) is refunded and was not paid.") }
        if entry.decided[fact.refundID] != fact.amount {
            refundFaults.append("Refund \(fact.refundID) is not what was decided.")
        }
        if !entry.refunded.insert(fact.refundID).inserted {
            refundFaults.append("Refund \(fact.refundID) has moved twice.")
        }
        for line in fact.lines {
            entry.returned[line.productID, default: 0] += line.amount.minorUnits
            let cost = entry.lines.first { $0.product == line.productID }?.minor ?? 0
            if entry.returned[line.productID, default: 0] > cost {
                refundFaults.append("More than was paid for \(line.productID) went back of \(id).")
            }
        }
        let sum = entry.returned.values.reduce(0, +)
        if sum != fact.refundedTotal.minorUnits || sum > entry.totalMinor {
            refundFaults.append("The refunds of order \(id) do not add up.")
        }
    }

    /// To be called after the last event.
    mutating func finish() {
        for (id, entry) in entries where entry.hold != nil {
            guard let checkout = entry.checkout, paid[checkout] == id else {
                paymentFaults.append("Order \(id) is paid, and its checkout is not.")
                continue
            }
        }
        for (checkout, order) in paid where entries[order]?.hold == nil {
            paymentFaults.append("Checkout \(checkout) is paid, and its order is not.")
        }
        var carts: [CartID: CheckoutID] = [:]
        for (id, state) in open where state.phase != .paid {
            guard let cart = state.request?.cartID else { continue }
            if let other = carts.updateValue(id, forKey: cart) {
                cartFaults.append("Cart \(cart) is in the checkouts \(other) and \(id).")
            }
        }
    }
}
