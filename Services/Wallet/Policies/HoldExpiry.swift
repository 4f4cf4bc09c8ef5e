internal import EventStore
internal import EventTypes

/// Ends holds whose time is over.
enum HoldExpiry {
    static let handler = TimerHandler(kind: Holds.expiryTimer) { timer, unit in
        guard let id = HoldID(timer.key) else { return }
        try await Holds.expire(id, at: max(timer.now, timer.due), in: unit)
    }
}
