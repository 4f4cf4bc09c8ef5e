internal import EventStore
internal import EventTypes
internal import JSON

/// Gives back what was reserved and neither sold nor released in time.
enum ReservationExpiry {
    static let handler = TimerHandler(kind: CatalogCommands.expiryTimer) { timer, unit in
        let deadline = try JSON.decode(ReservationDeadline.self, from: timer.payload)
        try await unit.decide(
            Product.self, deadline.productID, .expire(id: timer.key, now: timer.now))
    }
}
