public import EventTypes

/// Why a unit of work was not committed.
public enum EventStoreError: Error, Equatable, Sendable {
    /// Others wrote to the stream at every attempt. The client may try again.
    case conflict(StreamID, actual: Int64)
    /// The stream is not at the version that the unit expects (`If-Match`).
    case expectedVersion(StreamID, expected: Int64, actual: Int64)
    /// The unique key belongs to another stream.
    case claimTaken(scope: String, key: String, by: StreamID)
    /// The idempotency key was used with another request.
    case idempotencyMismatch
    /// The first request with this idempotency key is still being worked on.
    case idempotencyInFlight
    /// Too many units wait already.
    case overloaded
    /// The connection was lost while the unit was under way, and it cannot be told whether it was
    /// committed.
    case outcomeUnknown
    /// The store is not running, or stops.
    case closed
    /// The event is of a type or version that the program does not know.
    case unknownEvent(EventType, in: StreamID)
    /// The position of the source was moved by another worker meanwhile.
    case positionMoved
    /// The timer was set anew, cancelled or handled by another worker meanwhile.
    case timerGone(kind: String, key: String)
    /// The name of a stream is empty, longer than 200 bytes, or the unit is beyond its limits.
    case invalid(String)

    /// Whether the same request may succeed when it is sent again.
    public var isRetriable: Bool {
        switch self {
        case .conflict, .idempotencyInFlight, .overloaded, .closed: true
        default: false
        }
    }
}
