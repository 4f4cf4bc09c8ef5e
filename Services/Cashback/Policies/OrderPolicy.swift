internal import EventStore
internal import EventTypes
internal import Runtime

/// What happens to the platform's own orders happens to their cashback.
struct OrderPolicy: Sendable {
    let recording: OrderRecording
    let clock: any WallClock

    var subscription: Subscription {
        Subscription(
            topics: [.orderEvents],
            handles: [
                OrderPaid.eventType.name, OrderFulfilled.eventType.name,
                OrderCancelled.eventType.name, OrderRefunded.eventType.name,
            ]
        ) { event, unit in
            let heard = OrderRecording.Heard(
                version: event.streamVersion,
                raw: "\(event.type.name) \(event.id) version \(event.streamVersion)",
                at: clock.now())
            switch try event.decodeAny() {
            case let fact as OrderPaid: try await recording.paid(fact, heard, in: unit)
            case let fact as OrderFulfilled: try await recording.fulfilled(fact, heard, in: unit)
            case let fact as OrderCancelled: try await recording.cancelled(fact, heard, in: unit)
            case let fact as OrderRefunded: try await recording.refunded(fact, heard, in: unit)
            default: break
            }
        }
    }
}
