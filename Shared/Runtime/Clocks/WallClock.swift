public import EventTypes
internal import Glibc

/// Tells the time of day. Business code is given one; only the outermost layer makes a
/// `SystemClock`.
public protocol WallClock: Sendable {
    /// The present time in UTC, to the microsecond. It may step backwards when the machine's clock
    /// is set: measure durations with `ContinuousClock` instead.
    func now() -> Timestamp
}

/// The machine's clock.
public struct SystemClock: WallClock {
    /// A clock without state; all of them tell the same time.
    public init() {}

    /// The present time in UTC.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
