internal import Glibc

/// Nanoseconds of the monotonic clock, as loops use them for deadlines.
typealias LoopTime = Int64

extension LoopTime {
    static var never: LoopTime { .max }

    /// Now.
    static func current() -> LoopTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return LoopTime(time.tv_sec) * 1_000_000_000 + LoopTime(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; durations past 200 years are cut to that.
    var nanoseconds: LoopTime {
        let (seconds, attoseconds) = components
        let limit: Int64 = 200 * 366 * 86_400
        return min(max(seconds, -limit), limit) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
