internal import CLibEvent
internal import Glibc

/// A timer of the loop: fires once, or again and again, on the loop's thread.
///
/// Create, start and cancel it on the loop's thread. It fires no more once cancelled or released.
public final class LoopTimer: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread, which every method checks.
    private let loop: EventLoop
    private let onFire: () -> Void
    private var handle: EventHandle?

    /// A timer that does not run yet.
    public init(on loop: EventLoop, onFire: @escaping () -> Void) {
        loop.preconditionCurrent()
        self.loop = loop
        self.onFire = onFire
    }

    /// Starts, or starts over, to fire once after `delay`; with `repeats`, every `delay`.
    public func start(after delay: Duration, repeats: Bool = false) {
        loop.preconditionCurrent()
        handle = EventHandle(
            on: loop, descriptor: -1, flags: repeats ? souk_ev_persist() : 0
        ) { [onFire] _ in onFire() }
        handle?.add(after: delay)
    }

    /// Stops the timer. Safe to call twice.
    public func cancel() {
        loop.preconditionCurrent()
        handle = nil
    }
}

extension timeval {
    /// Rounded down to microseconds; never negative.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .zero).components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
